// Draws what really runs: daemons, and who feeds whom.
import { writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { askingOptions, checkDoors, findDoors, parseDoor, readCredentials } from '../lib/asking/doors.ts'
import { checkKnown, formatFolders, socketFolders } from '../lib/asking/folders.ts'
import { askAll, type Silent, wordsOfDead } from '../lib/asking/running.ts'
import { type Asked, runCommand } from '../lib/command.ts'
import { messageOf } from '../lib/errors.ts'
import { createGraph } from '../lib/graph/create-graph.ts'
import { drawGraph } from '../lib/graph/drawing.ts'
import type { Graph } from '../lib/graph/graph.ts'
import { listGraph } from '../lib/graph/list.ts'
import { withRates } from '../lib/graph/rates.ts'
import { duration, flag, path, readValues, repeatable, text } from '../lib/options.ts'
import { printable } from '../lib/text/printable.ts'
import { version } from '../lib/version.ts'

export const summary = 'Draw what runs: daemons, and who feeds whom'

const options = {
  svg: path('Write a picture (SVG) to this file; - is standard output', 'write'),
  json: flag('One JSON object: nodes and edges'),
  list: flag('A list, which fits into any width'),
  over: duration('Count what goes over each link for so long', '1s'),
  local: flag('Ask the daemons of this host as well, besides ADDRESS'),
  names: repeatable(text('Of this host, only the daemon of this name', undefined, 'name')),
}

const usage = {
  command: 'sluice graph',
  summary:
    `${summary}. It is what they say of themselves now: links are matched by their addresses, with records a second.\n\n` +
    'Without ADDRESS it asks every daemon of this host; those of services only as root.\n\n' +
    'Exit code 0: all of them answered. 2: one of them did not, or there is none. The socket that a killed daemon left behind is none.',
  argument: {
    name: '[address...]',
    help: '--admin HOST:PORT of daemons, https://HOST:PORT, or paths of admin sockets',
  },
  examples: [
    'sudo sluice graph',
    'sluice graph --svg chain.svg',
    'sluice graph --json | jq .edges',
    'sluice graph --local https://far.example:9600 --ca ca.pem --token-file token',
  ],
  groups: { Options: options, Asking: askingOptions },
  version,
  environment: false,
}

export async function run(args: readonly string[]): Promise<void> {
  await runCommand(usage, args, start)
}

export default { summary, run }

async function start({ flags, words }: Asked): Promise<number> {
  const { svg, json, list, over, local, names } = readValues(options, flags)
  const credentials = readCredentials(readValues(askingOptions, flags))
  const addresses = words.map(parseDoor)
  checkDoors(addresses, credentials)
  const here = local || names.length > 0 || addresses.length === 0
  if (here) checkKnown(socketFolders(process.env))
  // Anew each time: who ends in between takes his socket with him.
  const doors = () => [...(here ? findDoors(socketFolders(process.env), names) : []), ...addresses]
  const look = async () => ({ ...(await askAll(doors(), credentials)), at: performance.now() })
  const first = await look()
  if (over > 0 && first.running.length > 0) await wait(over)
  const last = over > 0 && first.running.length > 0 ? await look() : first
  const graph = withRates(createGraph(last.running), createGraph(first.running), (last.at - first.at) / 1000)
  const dead = last.silent.filter(({ isDead }) => isDead)
  const unanswering = last.silent.filter(({ isDead }) => !isDead)
  for (const { address, why } of unanswering) tell(`${address}: ${why}`)
  if (dead.length > 0) tell(wordsOfDead(dead))
  if (last.running.length === 0)
    tell(
      last.silent.length === 0
        ? `there is no admin socket in ${formatFolders(socketFolders(process.env))}`
        : 'nobody answers',
    )
  if (svg !== undefined) await writeSvg(svg, graph)
  if (json) process.stdout.write(`${JSON.stringify({ ...graph, unanswered: unanswering.map(unanswered) })}\n`)
  else if (svg === undefined)
    process.stdout.write(
      (list ? listGraph(graph) : await drawGraph(graph, process.stdout.columns ?? 80))
        .map(line => `${line}\n`)
        .join(''),
    )
  return last.running.length === 0 || unanswering.length > 0 ? 2 : 0
}

async function writeSvg(file: string, graph: Graph): Promise<void> {
  const { drawSvg } = await import('../lib/graph/svg.ts')
  const daemons = graph.nodes.filter(({ kind }) => kind !== 'outside' && kind !== 'place').length
  const picture = await drawSvg(
    graph,
    `Sluice: ${daemons} ${daemons === 1 ? 'daemon' : 'daemons'}, and who feeds whom`,
  )
  if (file === '-') {
    process.stdout.write(picture)
    return
  }
  try {
    writeFileSync(file, picture)
  } catch (error) {
    throw new Error(`--svg ${file}: ${messageOf(error)}`)
  }
}

function unanswered({ address, why }: Silent): { address: string; why: string } {
  return { address, why }
}

function tell(line: string): void {
  process.stderr.write(`sluice graph: ${printable(line)}\n`)
}
