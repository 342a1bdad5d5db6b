// Shows records in or out of a daemon that runs, as they go by.
import { basename } from 'node:path'
import { askingOptions, type Credentials, readCredentials } from '../lib/asking/doors.ts'
import { type Asked, runCommand } from '../lib/command.ts'
import { Misuse } from '../lib/errors.ts'
import { choice, duration, flag, integer, readValues, text, type Values } from '../lib/options.ts'
import { printable } from '../lib/text/printable.ts'
import { version } from '../lib/version.ts'
import { follow } from './tap/follow.ts'
import { createPrinter } from './tap/print.ts'
import { findStage } from './tap/stage.ts'

export const summary = 'Show records in or out of a daemon that runs, live'

const options = {
  match: text('Only records that this query finds', undefined, 'query'),
  sample: integer('Only one in so many of them', '1', { min: 1, max: 999_999_999 }),
  count: integer('End after so many; 0: never', '0'),
  wait: duration('When it ends, wait so long for it to be started again; 0s: end with it', '30s'),
  in: flag('What comes in (of a sink that is the default)'),
  out: flag('What goes out (of all others that is the default)'),
  output: text('Only what goes into this output of a filter that has several', undefined, 'name'),
  stage: text('Of a chain (sluice run), the stage', undefined, 'name'),
  format: choice('How they are printed; auto: pretty on a terminal', ['auto', 'pretty', 'ndjson'], 'auto'),
}

const usage = {
  command: 'sluice tap',
  summary:
    `${summary}: as it is, without a restart. What there is no time to show goes by unseen, and is counted: ` +
    'a tap takes at most a tenth of the time of the daemon, and nothing ever waits for it.\n\n' +
    'Exit code 0: it was ended, or --count were shown. 1: the daemon ended before that, and did not come back. 70: it cannot be asked.',
  argument: {
    name: '<daemon>',
    help: 'its name, NAME/STAGE of a chain, the HOST:PORT of its --admin face, or the path of its socket',
  },
  examples: [
    'sudo sluice tap edge',
    "sluice tap parser --in --match 'severity<=3 host:web*'",
    'sluice tap chain/syslog-json --sample 1000',
    'sluice tap store --count 1 | jq .',
    'sluice tap https://far.example:9600 --ca ca.pem --token-file token',
  ],
  groups: { Options: options, Asking: askingOptions },
  version,
  environment: false,
}

export async function run(args: readonly string[]): Promise<void> {
  await runCommand(usage, args, start)
}

export default { summary, run }

async function start({ flags, argument }: Asked): Promise<number> {
  const values = readValues(options, flags)
  if (values.in && values.out) throw new Misuse('--in and --out: one of them')
  const credentials: Credentials = readCredentials(readValues(askingOptions, flags))
  const stage = await findStage(argument!, values.stage, credentials, process.env)
  const end = new AbortController()
  // Whoever read it may have gone.
  process.stdout.on('error', () => end.abort())
  const isPretty = values.format === 'auto' ? process.stdout.isTTY : values.format === 'pretty'
  const printer = createPrinter(process.stdout, isPretty, tell)
  const most = values.count || Number.POSITIVE_INFINITY
  const query = queryOf(values)
  let shown = 0
  const isCopy = stage.doors.length > 1
  await Promise.all(
    stage.doors.map(door =>
      follow({
        ...{ door, credentials, tell, isCopy, wait: values.wait, signal: end.signal },
        path: `${stage.path}${query}`,
        name: isCopy ? basename(door.address, '.sock') : stage.name,
        async line(text) {
          if (shown >= most) return
          if (printer.isRecord(text) && ++shown >= most) end.abort()
          await printer.print(text)
        },
      }),
    ),
  )
  return end.signal.aborted || !Number.isFinite(most) ? 0 : 1
}

function queryOf(values: Values<typeof options>): string {
  const asked = {
    ...(values.in && { side: 'in' }),
    ...(values.out && { side: 'out' }),
    ...(values.output !== undefined && { output: values.output }),
    ...(values.match !== undefined && { match: values.match }),
    ...(values.sample > 1 && { sample: `${values.sample}` }),
  }
  return `?${new URLSearchParams(asked)}`
}

function tell(line: string): void {
  process.stderr.write(`sluice tap: ${printable(line)}\n`)
}
