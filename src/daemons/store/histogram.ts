// How many records there are over time, and how many of them are severe.

import { setImmediate as turn } from 'node:timers/promises'
import type { Query } from '../../lib/query/index.ts'
import { type Counts, countOrLeave } from './count.ts'
import { type KeyRange, timeOfKey } from './key.ts'
import type { Opened } from './reader.ts'
import { partsOf } from './search.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Widths that people count in, milliseconds. */
const STEPS = [
  ...[10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map(n => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map(n => n * MINUTE),
  ...[1, 2, 3, 6, 12].map(n => n * HOUR),
  ...[1, 2, 7, 30].map(n => n * DAY),
]

/** The narrowest step that gives at most so many buckets, whose starts are its multiples. The end is exclusive. */
export function stepFor(from: number, to: number, buckets: number): number {
  const fits = (step: number) => Math.floor((to - 1) / step) - Math.floor(from / step) < buckets
  const longest = STEPS.at(-1)!
  const step = STEPS.find(fits)
  if (step !== undefined) return step
  let months = Math.ceil((to - from) / buckets / longest)
  while (!fits(months * longest)) months++
  return months * longest
}

export interface Histogram {
  /** Epoch milliseconds: the range that is covered, its end exclusive. */
  from: number
  to: number
  step: number
  /** Start, records, severe records. */
  buckets: [number, number, number][]
  complete: boolean
}

export interface HistogramRequest {
  query: Query
  range: KeyRange
  buckets: number
  budget: number
}

/** Newest partitions first, until time is up. Rejects when the signal says that nobody waits for it. */
export async function countOverTime(
  opened: readonly Opened[],
  { query, range, buckets, budget }: HistogramRequest,
  signal: AbortSignal,
): Promise<Histogram | undefined> {
  const deadline = performance.now() + budget
  const parts = partsOf(opened, { range, direction: 'newest' })
  if (parts.length === 0) return undefined
  const bounds = boundsOf(
    parts.map(part => part.range),
    range,
  )
  const step = stepFor(bounds.from, bounds.to, buckets)
  const counts: Counts = new Map()
  // The newest time that not all partitions have answered for.
  let uncounted = Number.NEGATIVE_INFINITY
  // With less than a whole step, whoever asks for the rest would ask the same again.
  const mayStopAt = (time: number) => performance.now() >= deadline && stepAfter(time, step) < bounds.to
  for (const { partition, range: part } of parts) {
    if (mayStopAt(timeOfKey(part.to - 1))) {
      uncounted = Math.max(uncounted, timeOfKey(part.to - 1))
      continue
    }
    const reached = await countOrLeave(partition, query, part, step, counts, mayStopAt, signal)
    if (reached !== undefined) uncounted = Math.max(uncounted, timeOfKey(reached))
    await turn()
    signal.throwIfAborted()
  }
  const complete = uncounted === Number.NEGATIVE_INFINITY
  const from = complete ? bounds.from : stepAfter(uncounted, step)
  return {
    from,
    to: bounds.to,
    step,
    buckets: [...counts]
      .map(([n, [records, severe]]): [number, number, number] => [n * step, records, severe])
      .filter(([start]) => (complete || start >= from) && start < bounds.to)
      .sort(([a], [b]) => a - b),
    complete,
  }
}

/** What was asked for, or where there is no bound, what there is. */
function boundsOf(ranges: readonly KeyRange[], asked: KeyRange): { from: number; to: number } {
  const first = Math.min(...ranges.map(({ from }) => from))
  const last = Math.max(...ranges.map(({ to }) => to))
  return {
    from: asked.from > 0 ? timeOfKey(asked.from) : timeOfKey(first),
    to: asked.to < Number.MAX_SAFE_INTEGER ? timeOfKey(asked.to) : timeOfKey(last - 1) + 1,
  }
}

/** Where the step after that of a time begins. */
function stepAfter(time: number, step: number): number {
  return (Math.floor(time / step) + 1) * step
}
