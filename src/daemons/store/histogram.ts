// How many records there are over time, and how many of them are severe.

import { setImmediate as turn } from 'node:timers/promises'
import { type Query, severityRank, valuesOf } from '../../lib/query/index.ts'
import { firstKeyAt, timeOfKey } from './key.ts'
import type { KeyRange } from './partition-reader.ts'
import type { Opened } from './reader.ts'
import { partsOf, verified } from './search.ts'

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

/** The narrowest step that gives at most so many buckets. */
export function stepFor(milliseconds: number, buckets: number): number {
  const wanted = milliseconds / buckets
  const longest = STEPS.at(-1)!
  return STEPS.find(step => step >= wanted) ?? Math.ceil(wanted / longest) * longest
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
  const step = stepFor(bounds.to - bounds.from, buckets)
  const counts = new Map<number, [number, number]>()
  // The newest time that not all partitions have answered for.
  let uncounted = Number.NEGATIVE_INFINITY
  // With less than a whole step, whoever asks for the rest would ask the same again.
  const mayStopAt = (time: number) => performance.now() >= deadline && stepAfter(time, step) < bounds.to
  for (const { partition, range: part } of parts) {
    if (mayStopAt(timeOfKey(part.to - 1))) {
      uncounted = Math.max(uncounted, timeOfKey(part.to - 1))
      continue
    }
    const reached = await countPart(partition, query, part, step, counts, mayStopAt, signal)
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
      .filter(([start]) => complete || start >= from)
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
    to: Number.isFinite(asked.to) ? timeOfKey(asked.to) : timeOfKey(last - 1) + 1,
  }
}

/** Returns the key that it reached when time was up. */
async function countPart(
  partition: Opened['partition'],
  query: Query,
  range: KeyRange,
  step: number,
  counts: Map<number, [number, number]>,
  mayStopAt: (time: number) => boolean,
  signal: AbortSignal,
): Promise<number | undefined> {
  const candidates = partition.candidates(query)
  if (!candidates.possible) return undefined
  if (candidates.exact) {
    for (const [n, [records, severe]] of partition.count(query, candidates, range, step))
      add(counts, n, records, severe)
    return undefined
  }
  for await (const { found, reached, last } of verified(
    partition,
    query,
    candidates,
    range,
    'newest',
    signal,
  )) {
    for (const { key, body } of found)
      add(counts, Math.floor(timeOfKey(key) / step), 1, isSevere(body) ? 1 : 0)
    if (!last && mayStopAt(timeOfKey(reached))) return reached
  }
  return undefined
}

/** Where the step after that of a time begins. */
function stepAfter(time: number, step: number): number {
  return (Math.floor(time / step) + 1) * step
}

function add(counts: Map<number, [number, number]>, n: number, records: number, severe: number): void {
  const count = counts.get(n)
  if (!count) counts.set(n, [records, severe])
  else {
    count[0] += records
    count[1] += severe
  }
}

function isSevere(body: string): boolean {
  const rank = severityRank(valuesOf(JSON.parse(body) as object, 'severity')[0] as string)
  return rank !== undefined && rank <= 3
}

/** Everything from (inclusive) to (exclusive), epoch milliseconds, as keys. */
export function keyRange(from: number, to: number): KeyRange {
  return {
    from: Number.isFinite(from) ? firstKeyAt(from) : 0,
    to: Number.isFinite(to) ? firstKeyAt(to) : Number.POSITIVE_INFINITY,
  }
}
