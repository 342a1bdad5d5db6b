// npm run bench:peers: Sluice beside rsyslog, syslog-ng and Fluent Bit, into a real Elasticsearch. Each part keeps its
// results and rewrites its section of docs/performance.md; never passes or fails.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { temporary } from '../support/folder.ts'
import type { Part, Settings } from './part.ts'
import { keepResults, keptResults, writeSection } from './support/page.ts'
import { progress } from './support/progress.ts'
import { Section } from './support/section.ts'

const PARTS: { readonly [part: string]: string } = {
  cpu: 'CPU a record from UDP into Elasticsearch, cold and steady, with every record accounted for',
  memory: 'memory of each shipper, idle and at 40,000 records/s; from start to ready',
  udp: 'the highest rate of datagrams of which none is lost, into a file',
  limit: "sluice-elasticsearch against Elasticsearch's own limit",
  latency: 'from a datagram to a page that shows it, at 1,000 records/s',
  idle: 'CPU and memory of a shipper that has nothing to do',
  scale: 'how the CPU a record grows with size, fields, senders, hops and sources',
}

const MISUSE = 64

const number = (word: string) => {
  if (!/^\d+(\.\d+)?$/.test(word)) throw new InvalidArgumentError('It is no number.')
  return Number(word)
}
const words = (list: string) => list.toLowerCase().split(',')

const command = new Command('npm run bench:peers --')
  .description('Measures Sluice beside rsyslog, syslog-ng and Fluent Bit and writes docs/performance.md.')
  .argument('[part...]', 'all parts, one after the other, when none is named')
  .option('--rounds <n>', 'so often each measurement', number, 5)
  .option('--cold <seconds>', 'length of the first window, which includes the start', number, 5)
  .option('--warm <seconds>', 'a shipper is warm after so long', number, 10)
  .option('--steady <seconds>', 'length of the window of the warm shipper', number, 10)
  .option('--rates <n,n>', 'records a second', list => words(list).map(number), [10_000, 40_000])
  .option('--only <name,name>', 'only shippers in whose name one of these is', words, [])
  .option('--seconds <n>', 'how long a rate must go without loss (part udp)', number, 30)
  .option(
    '--no-page',
    'print the sections, and leave docs/performance.md and the results that were kept alone',
  )
  .addOption(new Option('--redraw', 'measure nothing: write the sections of the results that were kept'))
  .addHelpText('after', () => {
    const rows = Object.entries(PARTS).map(([part, summary]) => `  ${part.padEnd(10)}${summary}`)
    return `
Parts:
${rows.join('\n')}

Fluent Bit is measured where SLUICE_FLUENT_BIT names its program. rsyslog and syslog-ng are Debian's, unpacked
beside the system. Results are kept in node_modules/.cache/sluice-bench/peers.

Examples:
  npm run bench:peers -- cpu --rounds 1 --steady 3 --rates 40000 --only rsyslog,process --no-page
  npm run bench:peers -- cpu memory udp
  npm run bench:peers -- --redraw`
  })
  .exitOverride()

interface Flags extends Settings {
  page: boolean
  redraw?: true
}

async function main(asked: readonly string[], flags: Flags): Promise<void> {
  for (const name of asked.length > 0 ? asked : Object.keys(PARTS)) {
    // Of hours, one part that fails shall not cost the others.
    await runPart(name, flags).catch(error => {
      progress(`${name}: ${error instanceof Error ? error.stack : error}`)
      process.exitCode = 1
    })
  }
}

async function runPart(name: string, flags: Flags): Promise<void> {
  const { default: part } = (await import(`./parts/${name}.ts`)) as { default: Part<unknown> }
  progress(`${name}: ${PARTS[name]}`)
  const keep = (results: unknown) => flags.page && keepResults(name, results)
  const results = flags.redraw ? keptResults(name) : await part.measure(flags, keep)
  if (results === undefined) return progress(`${name}: nothing is kept`)
  keep(results)
  const section = new Section()
  part.write(results, section)
  console.log(`\n${section.markdown}`)
  if (flags.page) writeSection(name, section)
}

try {
  command.parse()
  const unknown = command.args.filter(name => !Object.hasOwn(PARTS, name))
  if (unknown.length > 0)
    command.error(`error: there is no part ${unknown}; say one of: ${Object.keys(PARTS).join(', ')}`)
} catch (error) {
  process.exit(error instanceof CommanderError && error.exitCode === 0 ? 0 : MISUSE)
}
// Also what others start keeps its files in the folder of this run, which goes with it, also on Ctrl-C.
process.env.TMPDIR = temporary('')
await main(command.args, command.opts<Flags>())
process.exit()
