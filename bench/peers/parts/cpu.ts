// CPU a record from UDP into Elasticsearch, of each shipper in turn: after its start, and warm.
import { machine } from '../../support/machine.ts'
import { count, digits } from '../../support/numbers.ts'
import { part, type Settings } from '../part.ts'
import type { Shipper } from '../shipper.ts'
import { shippersHere } from '../shippers.ts'
import { Elastic } from '../support/elastic.ts'
import { progress } from '../support/progress.ts'
import { Trial } from '../support/trial.ts'
import { type Results, writeCpu } from './cpu/section.ts'

export default part<Results>({
  async measure(settings, keep) {
    const { shippers, notes } = await shippersHere(settings)
    const results: Results = { settings, machine: machine(), shippers: notes, runs: [], failures: [] }
    const elastic = await Elastic.start()
    try {
      progress('cpu: Elasticsearch warms up')
      await warmUp(shippers[0]!, elastic, settings)
      for (const rate of settings.rates) {
        for (let round = 0; round < settings.rounds; round++) {
          for (let turn = 0; turn < shippers.length; turn++) {
            // Each round another one is first, so that none has always the same one before it.
            await runOnce(shippers[(round + turn) % shippers.length]!, elastic, rate, results)
          }
          keep(results)
        }
      }
    } finally {
      await elastic.stop()
    }
    return results
  },

  write: writeCpu,
})

async function warmUp(shipper: Shipper, elastic: Elastic, { rates, warm }: Settings): Promise<void> {
  const trial = await Trial.start(shipper, elastic)
  await trial.window(Math.max(...rates), warm)
  await trial.finish()
}

async function runOnce(shipper: Shipper, elastic: Elastic, rate: number, results: Results): Promise<void> {
  const { cold: first, warm, steady: seconds } = results.settings
  const { name } = shipper
  try {
    const trial = await Trial.start(shipper, elastic)
    try {
      const cold = await trial.window(rate, first)
      if (warm > first) await trial.window(rate, warm - first)
      const steady = await trial.window(rate, seconds)
      const account = await trial.finish()
      results.runs.push({ shipper: name, rate, cold, steady, account })
      const { lost, repeated } = account
      const figures = `${digits(2)(steady.cpu)} µs, cold ${digits(2)(cold.cpu)}; lost ${lost}, repeated ${repeated}`
      progress(`cpu: ${count(rate)}/s  ${name.padEnd(40)}${figures}`)
    } finally {
      await trial.started.stop()
    }
  } catch (error) {
    results.failures.push(`${name} at ${count(rate)}/s: ${(error as Error).message}`)
    progress(`cpu: ${results.failures.at(-1)}`)
  }
}
