// Looks at this host, and at the daemons that run or are described on it: what is wrong, and what to type.
import { existsSync } from 'node:fs'
import { styleText } from 'node:util'
import { type Asked, runCommand } from '../lib/command.ts'
import { Misuse } from '../lib/errors.ts'
import { flag, readValues } from '../lib/options.ts'
import { version } from '../lib/version.ts'
import { type Chosen, examine } from './doctor/examine.ts'
import { exitCodeOf } from './doctor/finding.ts'
import { layOut, type Paint } from './doctor/layout.ts'

export const summary = 'Look for what is wrong on this host, and say what to type'

const options = {
  json: flag('One JSON object'),
  quiet: flag('Leave out what is well'),
}

const usage = {
  command: 'sluice doctor',
  summary:
    `${summary}: buffers of the kernel, ports, links that do not meet, certificates, files of secrets, ` +
    'the clock, file descriptors, disks and spools. It changes nothing.\n\n' +
    'Without WHAT it looks at the daemons that run on this host, at their installed units, and at ' +
    '/etc/sluice/*.conf. As root it sees more.\n\n' +
    'Exit code 0: all is well. 1: something is wrong. 2: there are only warnings, or something cannot be told.',
  argument: {
    name: '[what...]',
    help: "instead of that: files NAME.conf, NAME.service, or chains as in 'syslog-udp | store'",
  },
  examples: [
    'sudo sluice doctor',
    '# before it is started',
    'sluice doctor /etc/sluice/edge.conf',
    "sluice doctor 'syslog-udp --push-bind tcp://127.0.0.1:7000' \\\n    'syslog-json --pull-connect tcp://127.0.0.1:7001 | store'",
    'sluice doctor --json | jq -r \'.findings[] | select(.level == "wrong") | .fix\'',
  ],
  groups: { Options: options },
  version,
  environment: false,
}

export async function run(args: readonly string[]): Promise<void> {
  await runCommand(usage, args, start)
}

export default { summary, run }

async function start({ flags, words }: Asked): Promise<number> {
  const { json, quiet } = readValues(options, flags)
  const { findings, looked } = await examine(words.map(choose), process.env)
  const shown = quiet ? findings.filter(({ level }) => level !== 'well') : findings
  if (json) process.stdout.write(`${JSON.stringify({ looked, findings: shown })}\n`)
  else process.stdout.write(`${layOut(shown, looked, paint).join('\n')}\n`)
  return exitCodeOf(findings)
}

/** A file, or a chain. */
function choose(word: string): Chosen {
  const isFile = /\.(conf|service)$/.test(word) && !/\s/.test(word)
  if (isFile && !existsSync(word)) throw new Misuse(`${word}: there is no such file`)
  return { kind: !isFile ? 'chain' : word.endsWith('.service') ? 'unit' : 'configuration', word }
}

const paint: Paint = (colour, text) => styleText(colour, text, { stream: process.stdout })
