// Where the parts of a chain with copies begin and end, and the links that join them. Nothing is opened here.
import { type Endpoint, parseEndpoint } from '../endpoint.ts'
import { hasSpool, type StagePlan } from '../stage/plan.ts'

/** Stages next to each other in this process. */
export interface ChainLayout {
  plans: StagePlan[]
}

/** A stage whose copies are processes of their own. */
export interface CopiesLayout {
  stage: string
  /** Whether each has a spool. */
  hasSpool: boolean
  copies: CopyLayout[]
}

export interface CopyLayout {
  /** NAME.STAGE.N: of its admin socket, spool and dead letters, so that they are found again. */
  name: string
  /** What `sluice` is called with. */
  args: string[]
}

export type Layout = ChainLayout | CopiesLayout

/** What the copies have in common with the process that starts them. */
export interface Common {
  name: string
  /** Flags of the process: `--grace 30s`. */
  flags: readonly string[]
  /** The endpoint of a socket by its name: `syslog-json.2`. */
  endpointOf(socket: string): string
}

/** The sockets that the links between the parts need. */
export function socketsOf(plans: readonly StagePlan[]): string[] {
  return partsOf(plans).slice(1).flatMap(inlets)
}

/** The name of a copy, counted from 1. */
export function copyName(name: string, stage: string, n: number): string {
  return `${name}.${stage}.${n}`
}

/**
 * Who takes in binds, who gives out connects to all of those: a batch goes to whichever has most room, and a process
 * that is started again is found again by both sides.
 */
export function layOut(plans: readonly StagePlan[], common: Common): Layout[] {
  const parts = partsOf(plans)
  return parts.map((part, n) => {
    const before = n > 0 ? inlets(part).map(common.endpointOf) : undefined
    const after = parts[n + 1] && inlets(parts[n + 1]!).map(common.endpointOf)
    return isCopied(part) ? layOutCopies(part[0]!, before, after, common) : joinChain(part, before, after)
  })
}

/** Stages that stay in one process are one part; each stage with copies is a part of its own. */
function partsOf(plans: readonly StagePlan[]): StagePlan[][] {
  const parts: StagePlan[][] = []
  for (const plan of plans) {
    const last = parts.at(-1)
    if (last && !plan.copies && !isCopied(last)) last.push(plan)
    else parts.push([plan])
  }
  return parts
}

function isCopied(part: readonly StagePlan[]): boolean {
  return part[0]!.copies !== undefined
}

/** The sockets that a part takes its records from. */
function inlets(part: readonly StagePlan[]): string[] {
  const { name, copies } = part[0]!
  return copies ? numbers(copies.count).map(n => `${name}.${n}`) : [name]
}

function layOutCopies(
  plan: StagePlan,
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
  common: Common,
): CopiesLayout {
  const { name: stage, copies } = plan
  const { word, words, count } = copies!
  const push = (after ?? []).flatMap(endpoint => ['--push-connect', endpoint])
  return {
    stage,
    hasSpool: hasSpool(plan),
    copies: numbers(count).map(n => {
      const name = copyName(common.name, stage, n)
      const pull = before ? ['--pull-bind', before[n - 1]!] : []
      // What was typed stands last: it may end in --.
      return { name, args: [word, '--name', name, ...common.flags, ...pull, ...push, ...words] }
    }),
  }
}

function joinChain(
  part: readonly StagePlan[],
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
): ChainLayout {
  const plans = [...part]
  const last = plans.length - 1
  if (before) plans[0] = { ...plans[0]!, pull: ends(before, 'pull') }
  if (after) plans[last] = { ...plans[last]!, push: ends(after, 'push') }
  return { plans }
}

function ends(endpoints: readonly string[], direction: 'pull' | 'push'): Endpoint[] {
  const mode = direction === 'pull' ? 'bind' : 'connect'
  return endpoints.map(one => ({ ...parseEndpoint(one, direction, mode), inner: true }))
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n + 1)
}
