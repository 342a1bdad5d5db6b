// Memory of each shipper, idle and at most under load, and how soon each daemon of Sluice is ready.
import { setTimeout as sleep } from 'node:timers/promises'
import { startTime } from '../../start.ts'
import { lonely } from '../../support/lonely.ts'
import { machine } from '../../support/machine.ts'
import { packageFolder } from '../../support/package.ts'
import { part } from '../part.ts'
import { shippersHere } from '../shippers.ts'
import { Elastic } from '../support/elastic.ts'
import { memoryNow, mostMemory } from '../support/memory.ts'
import { progress } from '../support/progress.ts'
import { Trial } from '../support/trial.ts'
import { IDLE, megabytes, RATE, type Results, writeMemory } from './memory/section.ts'

export default part<Results>({
  async measure(settings, keep) {
    const { shippers, notes } = await shippersHere(settings)
    const results: Results = { settings, machine: machine(), shippers: notes, runs: [], starts: [] }
    const elastic = await Elastic.start()
    try {
      for (let round = 0; round < settings.rounds; round++) {
        for (const shipper of shippers) {
          const trial = await Trial.start(shipper, elastic)
          const { pids, stop } = trial.started
          try {
            await sleep(IDLE)
            const idle = memoryNow(pids())
            const load = await mostMemory(pids, () => trial.window(RATE, settings.warm + settings.steady))
            const { lost } = await trial.finish()
            results.runs.push({ shipper: shipper.name, idle, load, lost })
            progress(
              `memory: ${shipper.name.padEnd(40)}${megabytes(idle.whole.uss)}, ${megabytes(load.whole.uss)} MB`,
            )
          } finally {
            await stop()
          }
        }
        keep(results)
      }
      results.starts = await measureStarts(elastic.url, settings.rounds)
    } finally {
      await elastic.stop()
    }
    return results
  },

  write: writeMemory,
})

async function measureStarts(url: string, rounds: number): Promise<Results['starts']> {
  const home = packageFolder()
  const starts = lonely(url).map(daemon => ({ daemon, times: [] as number[] }))
  for (let round = 0; round <= 2 * rounds; round++) {
    for (const { daemon, times } of starts) {
      const time = await startTime(daemon, home)
      // The first one reads files that nobody has read for a while.
      if (round > 0) times.push(time)
    }
  }
  return starts.map(({ daemon, times }) => ({ daemon: daemon.name, goal: daemon.goals.start, times }))
}
