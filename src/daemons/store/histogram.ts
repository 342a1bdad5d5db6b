// How many records there are over time, and how many of them are severe.

import { setImmediate as turn } from 'node:timers/promises'
import { parseJson } from '../../lib/json.ts'
import type { Query } from '../../lib/query/index.ts'
import type { Candidates } from './candidates.ts'
import { type KeyRange, PER_MILLISECOND, timeOfKey } from './key.ts'
import type { PartitionReader } from './partition-reader.ts'
import type { Opened } from './reader.ts'
import { facetOf, isSevere } from './row.ts'
import { partsOf, slicesOf, verified } from './search.ts'

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

const SEVERE: Query = { kind: 'rank', operator: '<=', rank: 3 }
const KEYS_OF_SECOND = SECOND * PER_MILLISECOND
const KEYS_OF_MINUTE = MINUTE * PER_MILLISECOND
const EVERYTHING: Query = { kind: 'all' }
const ALL: Candidates = { match: undefined, possible: true, exact: true }

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
    to: asked.to < Number.MAX_SAFE_INTEGER ? timeOfKey(asked.to) : timeOfKey(last - 1) + 1,
  }
}

/** A damaged partition is left out. */
async function countOrLeave(partition: Opened, ...rest: Rest): Promise<number | undefined> {
  try {
    return await countPart(partition, ...rest)
  } catch (error) {
    partition.failed(error)
    return undefined
  }
}

type Rest = Parameters<typeof countPart> extends [unknown, ...infer R] ? R : never

/** Returns the key that it reached when time was up. */
async function countPart(
  opened: Opened,
  query: Query,
  range: KeyRange,
  step: number,
  counts: Map<number, [number, number]>,
  mayStopAt: (time: number) => boolean,
  signal: AbortSignal,
): Promise<number | undefined> {
  const partition = opened.open()
  if (query.kind === 'all') {
    countEverything(partition, widened(range, opened.about), step, counts)
    return undefined
  }
  const candidates = partition.candidates(query)
  if (!candidates.possible) return undefined
  if (candidates.exact) {
    for (const slice of slicesOf(range, candidates).reverse()) {
      countExactly(partition, query, candidates, slice, step, counts)
      if (slice.from > range.from && mayStopAt(timeOfKey(slice.from))) return slice.from
      await turn()
      signal.throwIfAborted()
    }
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
      add(counts, Math.floor(timeOfKey(key) / step), 1, isSevereBody(body) ? 1 : 0)
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

function isSevereBody(body: string): boolean {
  return isSevere(facetOf(parseJson(body) as object, 'severity'))
}

/** Out of the index alone. */
function countExactly(
  partition: PartitionReader,
  query: Query,
  candidates: Candidates,
  range: KeyRange,
  step: number,
  counts: Map<number, [number, number]>,
): void {
  for (const [n, records] of partition.count(candidates, range, step)) add(counts, n, records, 0)
  const severe = partition.candidates({ kind: 'and', parts: [query, SEVERE] })
  if (!severe.possible) return
  for (const [n, records] of partition.count(severe, range, step)) add(counts, n, 0, records)
}

/** Of everything, whole seconds and minutes are counted already. Only what is left of them has to be looked up. */
function countEverything(
  partition: PartitionReader,
  range: KeyRange,
  step: number,
  counts: Map<number, [number, number]>,
): void {
  const inIndex = (part: KeyRange) => {
    if (part.from < part.to) countExactly(partition, EVERYTHING, ALL, part, step, counts)
  }
  const inUnits = (unit: 'second' | 'minute', part: KeyRange) => {
    if (part.from >= part.to) return
    for (const [n, [records, severe]] of partition.countUnits(unit, part, step))
      add(counts, n, records, severe)
  }
  const seconds = { from: Math.ceil(range.from / KEYS_OF_SECOND), to: Math.floor(range.to / KEYS_OF_SECOND) }
  if (step % SECOND !== 0 || seconds.from >= seconds.to) {
    inIndex(range)
    return
  }
  inIndex({ from: range.from, to: seconds.from * KEYS_OF_SECOND })
  const minutes = { from: Math.ceil(seconds.from / 60), to: Math.floor(seconds.to / 60) }
  if (step % MINUTE !== 0 || minutes.from >= minutes.to) inUnits('second', seconds)
  else {
    inUnits('second', { from: seconds.from, to: minutes.from * 60 })
    inUnits('minute', minutes)
    inUnits('second', { from: minutes.to * 60, to: seconds.to })
  }
  inIndex({ from: seconds.to * KEYS_OF_SECOND, to: range.to })
}

/** A range that holds all of a partition may as well begin and end with whole minutes: there is nothing beside it. */
function widened({ from, to }: KeyRange, { firstKey, lastKey }: Opened['about']): KeyRange {
  return {
    from: from <= firstKey ? Math.floor(firstKey / KEYS_OF_MINUTE) * KEYS_OF_MINUTE : from,
    to: to > lastKey ? (Math.floor(lastKey / KEYS_OF_MINUTE) + 1) * KEYS_OF_MINUTE : to,
  }
}
