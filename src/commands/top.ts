// A screen of all daemons that run: what goes through them, what they hold, what they cost.
import { setTimeout as wait } from 'node:timers/promises'
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
import { drawGraph } from '../lib/graph/drawing.ts'
import { checked, choice, duration, flag, readValues, repeatable, text } from '../lib/options.ts'
import { version } from '../lib/version.ts'
import { KEYS } from './top/columns.ts'
import { graphOf, rowsOf } from './top/rows.ts'
import { drawScreen, drawTable, type Known } from './top/screen.ts'
import { press, type Shown, START, type State } from './top/state.ts'
import { render, Terminal } from './top/terminal.ts'
import { Watch } from './top/watch.ts'

export const summary = 'Show all daemons that run: rates, buffers, drops, CPU, memory'

const options = {
  every: checked(duration('Look so often', '1s'), time => {
    if (time < 100) throw new RangeError('100ms is the least')
  }),
  sort: choice('The column to begin with', KEYS, 'name'),
  once: flag('Print one table and end; so it does where no terminal is'),
  local: flag('Ask the daemons of this host as well, besides ADDRESS'),
  names: repeatable(text('Of this host, only the daemon of this name', undefined, 'name')),
}

const usage = {
  command: 'sluice top',
  summary:
    `${summary}. Keys: s sorts by the next column, / filters, g draws who feeds whom, Enter tells all of one, ? explains, q quits.\n\n` +
    'Without ADDRESS it asks every daemon of this host; those of services only as root.',
  argument: {
    name: '[address...]',
    help: '--admin HOST:PORT of daemons, https://HOST:PORT, or paths of admin sockets',
  },
  examples: [
    'sudo sluice top',
    'sluice top --sort cpu --every 5s',
    'sluice top --once | grep edge',
    'sluice top --local https://far.example:9600 --ca ca.pem --token-file token',
  ],
  groups: { Options: options, Asking: askingOptions },
  version,
  environment: false,
}

export async function run(args: readonly string[]): Promise<void> {
  await runCommand(usage, args, start)
}

export default { summary, run }

/** Columns where nobody says how many there are. */
const WIDE = 120

async function start({ flags, words }: Asked): Promise<number> {
  const { every, sort, once, local, names } = readValues(options, flags)
  const credentials: Credentials = readCredentials(readValues(askingOptions, flags))
  const addresses = words.map(parseDoor)
  checkDoors(addresses, credentials)
  const here = local || names.length > 0 || addresses.length === 0
  if (here) checkKnown(socketFolders(process.env))
  // Anew each time: services come and go, and their folders with them.
  const doors = () => [...(here ? findDoors(socketFolders(process.env), names) : []), ...addresses]
  const watch = new Watch(credentials)
  const state: State = { ...START, sort, isDescending: sort !== 'name' }
  if (once || !process.stdout.isTTY) return printOnce(watch, doors, every, state)
  await showOn(watch, doors, every, state)
  return 0
}

async function printOnce(watch: Watch, doors: () => Door[], every: number, state: State): Promise<number> {
  await watch.look(doors())
  if (watch.seen.some(({ last }) => last)) {
    await wait(every)
    await watch.look(doors())
  }
  const known = await look(watch, every, 0)
  const lines = drawTable(known, state, process.stdout.columns ?? WIDE)
  process.stdout.write(lines.map(line => `${render(line, 1_000).trimEnd()}\n`).join(''))
  return known.rows.every(({ isSilent }) => isSilent) ? 2 : 0
}

/** Until the user has enough. */
async function showOn(watch: Watch, doors: () => Door[], every: number, first: State): Promise<void> {
  const terminal = new Terminal()
  const over = new AbortController()
  let state = first
  let known: Known | undefined
  let shown: Shown = { ids: [], height: 1, most: 0 }
  const draw = () => {
    if (!known) return
    const screen = drawScreen(known, state, terminal.size)
    shown = screen.shown
    terminal.draw(screen.lines)
  }
  const renew = async () => {
    if (!state.isPaused || !known)
      known = await look(watch, every, state.view === 'chain' ? terminal.size.width : 0)
    draw()
  }
  /** As all the others, but the chain has to be laid out for the width. */
  const drawAnew = async () => {
    if (state.view === 'chain') {
      const chain = await chainOf(watch, terminal.size.width)
      if (known) known = { ...known, chain }
    }
    draw()
  }
  terminal.enter(key => {
    const before = state
    state = press(state, key, shown)
    if (state.isOver) over.abort()
    else if (state.view !== before.view) void drawAnew()
    else draw()
  }, drawAnew)
  process.stdout.on('error', () => over.abort())
  // The terminal has gone: of those in its background, nobody is told so by a signal.
  if (process.stdin.isTTY) for (const sign of ['end', 'error']) process.stdin.on(sign, () => over.abort())
  try {
    while (!over.signal.aborted) {
      // One that does not answer is not waited for.
      const looked = watch.look(doors())
      await Promise.race([looked, wait(Math.min(every, 300), undefined, { signal: over.signal })]).catch(
        () => {},
      )
      await renew()
      await wait(every, undefined, { signal: over.signal }).catch(() => {})
    }
  } finally {
    terminal.leave()
  }
}

/** @param width columns for the drawn chain; 0 where nobody looks at it */
async function look(watch: Watch, every: number, width: number): Promise<Known> {
  return {
    rows: rowsOf(watch.seen, performance.now(), 2 * every),
    dead: watch.dead,
    chain: width > 0 ? await chainOf(watch, width) : [],
    where: formatFolders(socketFolders(process.env)),
    at: new Date().toISOString(),
  }
}

function chainOf(watch: Watch, width: number): Promise<string[]> {
  return drawGraph(graphOf(watch.seen), width)
}
