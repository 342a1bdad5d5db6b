// npm run soak: does a chain that runs for long, and whose sink is restarted again and again, grow, lose or repeat?
// bench/soak/options.ts says what can be asked of it.
import { writeFileSync } from 'node:fs'
import { startElasticsearch } from '../test/servers/elasticsearch.ts'
import type { Server } from '../test/servers/support.ts'
import { Chain } from './soak/chain.ts'
import { type Growth, growthOf } from './soak/lines.ts'
import { load } from './soak/load.ts'
import { readOptions, type SoakOptions, USAGE } from './soak/options.ts'
import { DAEMONS, type Plan, planOf } from './soak/plan.ts'
import { plot } from './soak/plot.ts'
import { Sampler } from './soak/sampler.ts'
import { Stored } from './soak/stored.ts'
import { growthTable, meaning, parametersOf, records } from './soak/table.ts'
import { Helper, onInterrupt } from './support/children.ts'
import { ELASTICSEARCH, machine } from './support/machine.ts'
import { MESSAGE_SIZE } from './support/records.ts'
import { Report } from './support/report.ts'

const JAVA = ['-Xms1g', '-Xmx1g']

const report = new Report()
const options = asked(process.argv.slice(2))
const plan = planOf(options)
report.heading('Soak')
report.parameters({
  ...machine(),
  ...parametersOf(plan, options, MESSAGE_SIZE, JAVA),
  samples: options.csv,
})
const interrupted = Promise.withResolvers<never>()
// The second one ends it at once; the children end with it all the same.
onInterrupt(() => {
  onInterrupt(() => process.exit(1))
  interrupted.reject(new Error('interrupted'))
})
interrupted.promise.catch(() => {})
const server = await startElasticsearch(ELASTICSEARCH, { java: JAVA })
try {
  process.exitCode = (await soak(plan, options, server)) ? 0 : 1
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
} finally {
  await server.stop()
}
// The daemons that still run are killed by this.
process.exit()

function asked(args: readonly string[]): SoakOptions {
  try {
    const options = readOptions(args)
    if (!options.help) return options
    console.log(USAGE)
    process.exit(0)
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`)
    process.exit(64)
  }
}

/** Resolves to whether all is as it should be. */
async function soak(plan: Plan, { rate, csv, plot: drawing }: SoakOptions, server: Server): Promise<boolean> {
  const failure = Promise.withResolvers<never>()
  const chain = new Chain(server.url, { ended: failure.reject })
  const stored = new Stored(server.url)
  const sampler = new Sampler(chain.daemons, csv)
  const orFailure = <T>(work: Promise<T>) => Promise.race([work, failure.promise, interrupted.promise])
  await orFailure(chain.ready())
  const sender = new Helper<string, number>(
    '../soak/sender.ts',
    [chain.port, rate, MESSAGE_SIZE, ...plan.bursts].map(String),
  )
  await orFailure(sender.hello)
  let sent = 0
  try {
    sent = await orFailure(load({ plan, chain, sender, sampler, stored, fail: failure.reject }))
  } finally {
    // Also when it was interrupted: what was seen up to now.
    if (drawing) writeFileSync(drawing, plot(sampler.samples))
    report.note(`\n${meaning()}`)
    growthTable(report, growthOf(sampler.samples, plan))
  }
  const complete = await orFailure(lookForAll(chain, stored, sent))
  await orFailure(chain.stop())
  return isFlat(growthOf(sampler.samples, plan)) && complete
}

function isFlat(growths: readonly Growth[]): boolean {
  const judged = new Set(growths.map(({ daemon }) => daemon)).size
  if (judged < DAEMONS.length) report.note('That was too short to tell of each daemon whether it grows.')
  return judged === DAEMONS.length && growths.every(({ grows }) => !grows)
}

/** Waits until everything has arrived, and looks whether it is there, once. */
async function lookForAll(chain: Chain, stored: Stored, sent: number): Promise<boolean> {
  const drained = await chain.drained()
  const { balanced, summary } = await chain.ledger()
  for (const index of await stored.indices()) await stored.read(index)
  const { distinct, repeated } = stored
  const { kernelDropped, lives } = chain
  const missing = sent - kernelDropped - distinct
  records(report, { sent, kernelDropped, distinct, missing, repeated, lives, ledger: summary })
  if (missing !== 0) report.note(`The first that are not there: ${stored.missing(sent, 20).join(' ')}`)
  if (!drained) report.note('The daemons still held records after 3 minutes.')
  return drained && balanced && missing === 0 && repeated === 0
}
