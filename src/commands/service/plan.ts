import { Misuse } from '../../lib/errors.ts'
import { linkOf } from '../../lib/service/defaults.ts'
import type { Flags } from '../../lib/service/rights.ts'
import type { Supervisor } from '../../lib/service/service.ts'
import { flagsOf, readChain, type Asked as Stage } from '../run/chain.ts'
import { planStages } from '../run/plan.ts'
import { type Asked, askedService, findSafely } from './wanted.ts'

/** As the daemons are checked that run in one process: nothing is to come or go by standard streams. */
const AROUND = { stdin: true, stdout: true, terminal: false }

/**
 * Makes a service of each stage, and of each copy of it. Whoever takes records in binds: so that those before it need not know how
 * many are before it. Throws Misuse.
 */
export async function planChain(text: string, chain: string): Promise<Asked[]> {
  const stages = await readChain(text, findSafely)
  planStages(stages, chain, AROUND)
  return stages.flatMap((stage, n) => {
    const given = flagsFor(stage, namesOf(chain, stages[n + 1]))
    return namesOf(chain, stage).map(name => service(stage, name, chain, linked(given, n > 0, name)))
  })
}

/** Of the services of a stage. */
function namesOf(chain: string, stage: Stage | undefined): string[] {
  if (!stage) return []
  const name = `${chain}-${stage.name}`
  return stage.count === undefined
    ? [name]
    : Array.from({ length: stage.count }, (_, n) => `${name}-${n + 1}`)
}

/** What was typed for it, and where its records go. */
function flagsFor(stage: Stage, next: readonly string[]): Flags {
  const { daemon, word, words, label } = stage
  const given = flagsOf(daemon, `sluice ${word}`, words)
  const has = (...keys: string[]) => keys.some(key => given.has(key))
  if (next.length > 0) return new Map([...given, ['pushConnect', next.map(linkOf)]])
  const splits = daemon.shape === 'filter' && daemon.outputs !== undefined
  if (daemon.shape !== 'sink' && !splits && !has('pushBind', 'pushConnect'))
    throw new Misuse(
      `${label}: its records go nowhere; end the chain with a sink, as in ${label} | store, or give it --push-connect ENDPOINT`,
    )
  return given
}

function linked(given: Flags, isInner: boolean, name: string): Flags {
  return isInner ? new Map([...given, ['pullBind', [linkOf(name)]]]) : given
}

function service({ word, daemon, label }: Stage, name: string, chain: string, given: Flags): Asked {
  try {
    const supervisor: Supervisor = 'systemd'
    return askedService(word, daemon, given, { name, by: `plan ${chain}`, supervisor })
  } catch (error) {
    throw error instanceof Misuse ? new Misuse(`${label}: ${error.message}`) : error
  }
}
