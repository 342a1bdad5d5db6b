// A whole chain in one process: the same daemons with the same flags, and no sockets in between. A stage with a star is
// several processes.
import { parseArguments } from '../lib/cli.ts'
import type { Daemon } from '../lib/daemon.ts'
import { Misuse } from '../lib/errors.ts'
import { flagOf } from '../lib/options.ts'
import { processOptions } from '../lib/process/options.ts'
import { runProgram } from '../lib/process/run.ts'
import { loadDaemon, nameOf } from '../lib/registry.ts'
import type { Surroundings } from '../lib/stage/endpoints.ts'
import { optionsOf } from '../lib/stage/options.ts'
import { planStage, type StagePlan } from '../lib/stage/plan.ts'
import { version } from '../lib/version.ts'
import { splitStages } from '../lib/words.ts'
import { checkCopies, readStar } from './run/copies.ts'

interface Asked {
  name: string
  daemon: Daemon
  /** As it was typed: `syslog-json*4`, the daemon in it, and how many copies of it. */
  label: string
  word: string
  count?: number
  words: string[]
}

const NO_CHAIN =
  "there is no chain; write sluice run 'syslog-udp | syslog-json', or a line in the file of --config: chain syslog-udp | syslog-json"

export const summary = 'Run a chain of daemons in one process'

export async function run(args: readonly string[]): Promise<void> {
  await runProgram(
    {
      kind: 'run',
      command: 'sluice run',
      summary: `${summary}. Options of the process stand before it, those of a daemon in its stage.`,
      argument: {
        name: '[chain]',
        help: "daemons joined by |, as in 'syslog-udp | syslog-json'; syslog-json*4 is four processes of that stage",
        tooMany: "the chain is one word: write quotes around it, as in 'syslog-udp | syslog-json'",
      },
      examples: [
        "sluice run 'syslog-udp --listen 127.0.0.1:5514 | syslog-json'",
        "sluice run --admin 127.0.0.1:9600 \\\n    'syslog-udp --listen :514 | syslog-json | elasticsearch'",
        '# four processes parse: what one cannot do with one processor',
        "sluice run 'syslog-udp --listen :514 | syslog-json*4 | elasticsearch'",
        '# two receive, where senders are many',
        "sluice run 'syslog-udp*2 --reuse-port --listen :514 | syslog-json | store'",
        '# a file with the lines: name edge, grace 10s, chain syslog-udp | syslog-json',
        'sluice run --config /etc/sluice/edge.conf',
      ],
      groups: {},
      plan: async (_flags, chain, name, around) => {
        if (chain === undefined) throw new Misuse(NO_CHAIN)
        const asked = await readChain(chain)
        return asked.map((stage, n) => {
          const [before, after] = [asked[n - 1], asked[n + 1]]
          return stage.count === undefined
            ? planOf(stage, before, after, around)
            : planCopies(stage, before, after, name)
        })
      },
    },
    args,
  )
}

export default { summary, run }

/** Looks up the daemons and names the stages: a second one of the same name is `-2`. */
async function readChain(text: string): Promise<Asked[]> {
  const asked: Asked[] = []
  for (const [label = '', ...words] of splitStages(text)) {
    const { word, count } = readStar(label)
    const base = nameOf(word)
    const same = asked.filter(({ name }) => name === base || name.replace(/-\d+$/, '') === base).length
    const name = same > 0 ? `${base}-${same + 1}` : base
    const daemon = await loadDaemon(word)
    asked.push({ name, daemon, label, word, ...(count && { count }), words })
  }
  const late = asked.slice(1).find(({ daemon }) => daemon.shape === 'source')
  if (late) throw new Misuse(`${text}: ${late.name} takes nothing in, so it can only stand first`)
  const split = asked
    .slice(0, -1)
    .find(({ daemon }) => daemon.shape === 'filter' && daemon.outputs !== undefined)
  if (split) throw new Misuse(`${text}: ${split.name} has outputs of its own, so it can only stand last`)
  const early = asked.slice(0, -1).find(({ daemon }) => daemon.shape === 'sink')
  if (early) throw new Misuse(`${text}: ${early.name} gives nothing out, so it can only stand last`)
  return asked
}

function planOf(
  { name, daemon, word, words }: Asked,
  before: Asked | undefined,
  after: Asked | undefined,
  around: Surroundings,
): StagePlan {
  const joined = { ...around, ...(before && { before: before.name }), ...(after && { after: after.name }) }
  try {
    return planStage(name, daemon, flagsOf(daemon, `sluice ${word}`, words), {}, joined)
  } catch (error) {
    throw error instanceof Misuse ? new Misuse(`${name}: ${error.message}`) : error
  }
}

/** @param command what prints the help of the daemon */
function flagsOf(daemon: Daemon, command: string, words: readonly string[]) {
  const { own, links, buffer } = optionsOf(daemon)
  const groups = { Options: own, Links: links, Buffer: buffer, Process: processOptions }
  const usage = { command, summary: daemon.summary, groups, version, environment: false }
  const { print, flags } = parseArguments(usage, words)
  if (print !== undefined) throw new Misuse(`for its help, write ${command} --help`)
  const key = Object.keys(processOptions).find(key => flags.has(key))
  if (key === undefined) return flags
  const given = key === 'check' ? flagOf(key) : `${flagOf(key)} ${flags.get(key)!.at(-1)}`
  throw new Misuse(`${flagOf(key)} belongs to the process: write sluice run ${given} '…'`)
}

/** The stage as each of its copies will read it, so that whatever is wrong is said before one is started. */
function planCopies(
  stage: Asked,
  before: Asked | undefined,
  after: Asked | undefined,
  process: string,
): StagePlan {
  const { label, word, words, count } = stage
  // A copy has no standard streams; that is for checkCopies to say.
  const planned = planOf(stage, before, after, { stdin: true, stdout: true, terminal: false })
  const plan = { ...planned, copies: { count: count!, word, words } }
  checkCopies(plan, process, label)
  return plan
}
