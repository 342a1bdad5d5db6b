// Memory of each shipper, idle and at most under load, and how soon each daemon of Sluice is ready.
import { setTimeout as sleep } from 'node:timers/promises'
import { bareNode, startTime } from '../../start.ts'
import { Helper } from '../../support/children.ts'
import { lonely } from '../../support/lonely.ts'
import { machine } from '../../support/machine.ts'
import type { Stored } from '../../support/null-bulk.ts'
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
    // First, while nothing else runs.
    results.starts = await measureStarts(settings.rounds)
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
    } finally {
      await elastic.stop()
    }
    return results
  },

  write: writeMemory,
})

/** In turn, and Node itself, from start to exit, beside them. */
async function measureStarts(rounds: number): Promise<Results['starts']> {
  const server = new Helper<string, Stored>('null-bulk.ts')
  const home = packageFolder()
  const daemons = lonely(await server.hello).map(daemon => ({
    daemon: daemon.name,
    goal: daemon.goals.start,
    time: () => startTime(daemon, home),
  }))
  const starts = [{ daemon: 'node -e 0', time: bareNode }, ...daemons].map(one => ({
    ...one,
    times: [] as number[],
  }))
  for (let round = 0; round <= 2 * rounds; round++) {
    for (const { time, times } of starts) {
      const ms = await time()
      // The first one reads files that nobody has read for a while.
      if (round > 0) times.push(ms)
    }
  }
  server.stop()
  return starts
}
