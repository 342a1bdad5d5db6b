// What is shown of each stage, from what its daemon said twice.
import { basename } from 'node:path'
import { nameOf } from '../../lib/asking/answer.ts'
import type { Running, RunningStage } from '../../lib/asking/running.ts'
import { createGraph } from '../../lib/graph/create-graph.ts'
import type { Graph } from '../../lib/graph/graph.ts'
import { withRates } from '../../lib/graph/rates.ts'
import type { Said, Seen } from './watch.ts'

export interface Row {
  /** The same at each look. */
  id: string
  name: string
  shape: string
  /** Records a second; undefined before the second look. */
  in: number | undefined
  out: number | undefined
  /** Milliseconds from taking a batch to its acceptance. */
  lag: number | undefined
  /** Bytes. */
  held: number | undefined
  limit: number | undefined
  spool: number | undefined
  /** Records, since the start: dropped, also by the kernel, though not what nobody asked for; or dead letters. */
  drops: number | undefined
  dead: number | undefined
  /** Per cent of one core, and bytes; of the process. */
  cpu: number | undefined
  memory: number | undefined
  /** Whether it is the first stage of its process, which the last two belong to. */
  isFirst: boolean
  /** What is wrong: it waits for something, or does not answer. */
  trouble: string | undefined
  isSilent: boolean
  running: Running | undefined
  stage: RunningStage | undefined
  before: RunningStage | undefined
  /** Milliseconds between the two looks. */
  time: number
}

/** In the place of what is wrong, as long as nothing is. */
export const ASKING = 'asking'

/** @param patience milliseconds after which one is shown as silent */
export function rowsOf(seen: readonly Seen[], now: number, patience: number): Row[] {
  return seen.flatMap(one => {
    const late = one.asked !== undefined && now - one.asked > patience
    const silent = one.why ?? (late ? 'no answer' : undefined)
    if (!one.last || silent !== undefined) return [silentRow(one, silent ?? ASKING)]
    return one.last.running.stages.map((stage, n) => stageRow(one.last!, one.before, stage, n))
  })
}

function silentRow({ address, last }: Seen, why: string): Row {
  const name = last?.running.name ?? basename(address, '.sock').replace(/[^ -~]/g, '?')
  return {
    ...{ id: address, name, shape: '', in: undefined, out: undefined, lag: undefined, held: undefined },
    ...{ limit: undefined, spool: undefined, drops: undefined, dead: undefined, cpu: undefined },
    ...{ memory: undefined, isFirst: true, trouble: why, isSilent: true, running: last?.running },
    ...{ stage: undefined, before: undefined, time: 0 },
  }
}

function stageRow(last: Said, earlier: Said | undefined, stage: RunningStage, n: number): Row {
  const { running } = last
  const time = earlier ? last.at - earlier.at : 0
  const before = earlier?.running.stages[n]
  const rate = (now: number, then: number | undefined) =>
    then === undefined || time <= 0 ? undefined : (Math.max(0, now - then) / time) * 1000
  return {
    // Of the first one it is that of the process, which has it also while it does not answer.
    id: n === 0 ? running.address : `${running.address} ${stage.name}`,
    name: nameOf(running, stage),
    shape: stage.shape,
    in: rate(stage.books.in, before?.books.in),
    out: rate(outOf(stage), before && outOf(before)),
    lag: stage.latency,
    held: stage.buffer.held,
    limit: stage.buffer.limit,
    spool: stage.spooled?.bytes,
    drops: sumOf(stage, outcome => isDrop(outcome) && !UNWANTED.has(outcome)) + stage.kernelDropped,
    dead: stage.books.outcomes.dead ?? 0,
    // A second of CPU in a second is 100 %.
    cpu: running.cpu === undefined ? undefined : percent(rate(running.cpu, earlier?.running.cpu)),
    memory: running.memory?.resident,
    isFirst: n === 0,
    trouble: running.ready ? undefined : (running.waiting[0] ?? 'not ready'),
    isSilent: false,
    running,
    stage,
    before,
    time,
  }
}

/** Events that nobody has subscribed to, or only people look at: nobody lacks them. */
const UNWANTED: ReadonlySet<string> = new Set(['dropped:no-subscriber', 'dropped:published'])

const isDrop = (outcome: string) => outcome.startsWith('dropped:')

const percent = (share: number | undefined) => (share === undefined ? undefined : share * 100)

/** What went on: stored, sent, spooled, or there already. */
function outOf(stage: RunningStage): number {
  return sumOf(stage, outcome => !isDrop(outcome) && outcome !== 'dead')
}

function sumOf({ books }: RunningStage, which: (outcome: string) => boolean): number {
  return Object.entries(books.outcomes).reduce((sum, [outcome, n]) => (which(outcome) ? sum + n : sum), 0)
}

/** Who feeds whom, with what went over each link between two looks. */
export function graphOf(seen: readonly Seen[]): Graph {
  const there = seen.filter(({ last, why }) => last && why === undefined)
  const graph = createGraph(there.map(({ last }) => last!.running))
  const twice = there.filter(({ before }) => before)
  if (twice.length === 0) return graph
  const time = twice.reduce((sum, { last, before }) => sum + last!.at - before!.at, 0) / twice.length
  return withRates(graph, createGraph(twice.map(({ before }) => before!.running)), time / 1000)
}
