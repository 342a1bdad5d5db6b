// The text of a chain, `'syslog-udp --listen :514 | syslog-json*4 | store'`, and its stages.
import { parseArguments } from '../../lib/cli.ts'
import type { Daemon } from '../../lib/daemon.ts'
import { Misuse } from '../../lib/errors.ts'
import { flagOf } from '../../lib/options.ts'
import { processOptions } from '../../lib/process/options.ts'
import { loadDaemon, nameOf } from '../../lib/registry.ts'
import type { Surroundings } from '../../lib/stage/endpoints.ts'
import { optionsOf } from '../../lib/stage/options.ts'
import { planStage, type StagePlan } from '../../lib/stage/plan.ts'
import { version } from '../../lib/version.ts'
import { splitStages } from '../../lib/words.ts'
import { checkCopies, readStar } from './copies.ts'

export interface Asked {
  name: string
  daemon: Daemon
  /** As it was typed: `syslog-json*4`, the daemon in it, and how many copies of it. */
  label: string
  word: string
  count?: number
  words: string[]
}

/** Finds a daemon by its word, and says by which word it is to be found again. */
export type Find = (word: string) => Promise<{ word: string; daemon: Daemon }>

const asTyped: Find = async word => ({ word, daemon: await loadDaemon(word) })

/** Looks up the daemons and names the stages: a second one of the same name is `-2`. */
export async function readChain(text: string, find: Find = asTyped): Promise<Asked[]> {
  const asked: Asked[] = []
  for (const [label = '', ...words] of splitStages(text)) {
    const { word: typed, count } = readStar(label)
    const base = nameOf(typed)
    const same = asked.filter(({ name }) => name === base || name.replace(/-\d+$/, '') === base).length
    const name = same > 0 ? `${base}-${same + 1}` : base
    const { word, daemon } = await find(typed)
    asked.push({ name, daemon, label, word, ...(count && { count }), words })
  }
  const late = asked.slice(1).find(({ daemon }) => daemon.shape === 'source')
  if (late) throw new Misuse(`${text}: ${late.name} takes nothing in, so it can only stand first`)
  const early = asked.slice(0, -1).find(({ daemon }) => daemon.shape === 'sink')
  if (early) throw new Misuse(`${text}: ${early.name} gives nothing out, so it can only stand last`)
  return asked
}

export function planOf(
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
export function flagsOf(daemon: Daemon, command: string, words: readonly string[]) {
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
export function planCopies(
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
