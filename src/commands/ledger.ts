// Adds up the books of all daemons: is anything lost?
import { setTimeout as wait } from 'node:timers/promises'
import { styleText } from 'node:util'
import {
  askingOptions,
  type Credentials,
  checkDoors,
  type Door,
  findDoors,
  parseDoor,
  readCredentials,
} from '../lib/asking/doors.ts'
import { checkKnown, formatFolders, socketFolders } from '../lib/asking/folders.ts'
import { type Asked, runCommand } from '../lib/command.ts'
import { flag, readValues, repeatable, text } from '../lib/options.ts'
import { printable } from '../lib/text/printable.ts'
import { version } from '../lib/version.ts'
import { lookInOrder, lookRound } from './ledger/ask.ts'
import { layOut, layOutScreen, type Paint, watchLine } from './ledger/layout.ts'
import { CODES, createLedger, type Ledger } from './ledger/ledger.ts'
import { IDLE } from './ledger/links.ts'
import type { Look } from './ledger/look.ts'

export const summary = 'Add up the books of all daemons: is anything lost?'

const options = {
  local: flag('Ask the daemons of this host as well, besides ADDRESS'),
  names: repeatable(text('Of this host, only the daemon of this name', undefined, 'name')),
  watch: flag('Look every second until Ctrl-C'),
  json: flag('One JSON object, with --watch one a line'),
}

const usage = {
  command: 'sluice ledger',
  summary:
    `${summary} Whatever came in must be stored, sent, given up for a named reason, or held; ` +
    'and what was pushed into a plain link must have been pulled out of it.\n\n' +
    'Without ADDRESS it asks every daemon of this host; those of services only as root.\n\n' +
    'Exit code 0: balanced. 1: loss is proven. 2: cannot tell yet, because records ' +
    'are in flight on plain links, books began anew, or a daemon does not answer.',
  argument: {
    name: '[address...]',
    help: '--admin HOST:PORT of daemons, https://HOST:PORT, or paths of admin sockets',
  },
  examples: [
    'sudo sluice ledger',
    'sluice ledger --names edge --names store',
    'sluice ledger --watch',
    'sluice ledger --json | jq .verdict',
    '# a daemon on another host, and those of this one',
    'sluice ledger --local https://far.example:9600 --ca ca.pem --token-file token',
    '# one whose --admin face answers only there',
    'ssh -N -L 9601:127.0.0.1:9600 far.example & sluice ledger --local :9601',
  ],
  groups: { Options: options, Asking: askingOptions },
  version,
  environment: false,
}

/** How often it looks again while something is in flight, in milliseconds. */
const AGAIN = 500
const SECOND = 1_000

/** Looks once more, and returns what was seen lately, oldest first. */
type Eye = () => Promise<Look[]>

export async function run(args: readonly string[]): Promise<void> {
  await runCommand(usage, args, start)
}

export default { summary, run }

async function start(typed: Asked): Promise<number> {
  const { local, names, watch, json } = readValues(options, typed.flags)
  const credentials = readCredentials(readValues(askingOptions, typed.flags))
  const addresses = typed.words.map(parseDoor)
  checkDoors(addresses, credentials)
  const here = local || names.length > 0 || addresses.length === 0
  if (here) checkKnown(socketFolders(process.env))
  // Anew each time: services come and go, and their folders with them.
  const doors = () => [...(here ? findDoors(socketFolders(process.env), names) : []), ...addresses]
  // What is drawn every second has room for it.
  const drawn = watch && !json && process.stdout.isTTY
  const tell = (line: string) => void (drawn || process.stderr.write(`sluice ledger: ${printable(line)}\n`))
  if (doors().length === 0) tell(`there is no admin socket in ${formatFolders(socketFolders(process.env))}`)
  const eye = createEye(doors, credentials, tell)
  const ledger = watch ? await watchOn(eye, json) : await lookOnce(eye, json)
  return CODES[ledger.verdict]
}

function createEye(doors: () => Door[], credentials: Credentials, tell: (line: string) => void): Eye {
  const said = new Set<string>()
  const looks: Look[] = []
  return async () => {
    const now = doors()
    if (looks.length === 0) looks.push(await lookRound(now, credentials))
    looks.push(await lookInOrder(now, looks.at(-1)!, credentials))
    // Of those that are old enough to show that nothing moves, one is enough.
    while (looks.length > 2 && looks.at(-1)!.from - looks[1]!.to >= IDLE) looks.shift()
    for (const { address, why } of looks.at(-1)!.unanswered) {
      const line = `${address}: ${why}`
      if (!said.has(line)) tell(line)
      said.add(line)
    }
    return looks
  }
}

/** Looks again for a while, but only when something is in flight or lost. */
async function lookOnce(eye: Eye, json: boolean): Promise<Ledger> {
  const looks = await eye()
  const last = looks.at(-1)!.to + IDLE + AGAIN
  let ledger = createLedger(looks)
  while (ledger.moving > 0 && Date.now() < last) {
    sayOnTerminal(`${ledger.summary}; looking again for ${Math.ceil((last - Date.now()) / 1000)} s`)
    await wait(AGAIN)
    ledger = createLedger(await eye())
  }
  sayOnTerminal('')
  const lines = layOut(ledger, { paint, rates: false })
  process.stdout.write(json ? `${JSON.stringify(ledger)}\n` : `${lines.join('\n')}\n`)
  return ledger
}

async function watchOn(eye: Eye, json: boolean): Promise<Ledger> {
  const stop = new AbortController()
  const end = () => stop.abort()
  process.once('SIGINT', end).once('SIGTERM', end)
  process.stdout.on('error', end)
  for (;;) {
    const next = Date.now() + SECOND
    const ledger = createLedger(await eye())
    if (json) process.stdout.write(`${JSON.stringify(ledger)}\n`)
    else if (process.stdout.isTTY) redraw(ledger)
    else process.stdout.write(`${watchLine(ledger)}\n`)
    await wait(Math.max(0, next - Date.now()), undefined, { signal: stop.signal }).catch(() => {})
    if (stop.signal.aborted) return ledger
  }
}

/** Over what was there, without a flicker. */
function redraw(ledger: Ledger): void {
  const shown = layOutScreen(ledger, process.stdout.rows ?? 24, { paint, rates: true })
  process.stdout.write(`\u001b[H${shown.map(line => `${line}\u001b[K\n`).join('')}\u001b[J`)
}

function sayOnTerminal(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line.slice(0, 79)}`)
}

const paint: Paint = (colour, text) => styleText(colour, text, { stream: process.stdout })
