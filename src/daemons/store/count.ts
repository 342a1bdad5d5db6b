// How many records of one partition there are in each step of time, and how many of them are severe.

import { setImmediate as turn } from 'node:timers/promises'
import { parseJson } from '../../lib/json.ts'
import type { Query } from '../../lib/query/index.ts'
import type { Candidates } from './candidates.ts'
import { type KeyRange, PER_MILLISECOND, timeOfKey } from './key.ts'
import type { PartitionReader } from './partition-reader.ts'
import type { Opened } from './reader.ts'
import { facetOf, isSevere } from './row.ts'
import { slicesOf, verified } from './scan.ts'

/** By the number of the step since 1970: records, severe records. */
export type Counts = Map<number, [records: number, severe: number]>

const SECOND = 1000
const MINUTE = 60 * SECOND
const SEVERE: Query = { kind: 'rank', operator: '<=', rank: 3 }
const KEYS_OF_SECOND = SECOND * PER_MILLISECOND
const KEYS_OF_MINUTE = MINUTE * PER_MILLISECOND
const EVERYTHING: Query = { kind: 'all' }
const ALL: Candidates = { match: undefined, possible: true, exact: true }

/** A damaged partition is left out. */
export async function countOrLeave(partition: Opened, ...rest: Rest): Promise<number | undefined> {
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
  counts: Counts,
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

function add(counts: Counts, n: number, records: number, severe: number): void {
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
  counts: Counts,
): void {
  for (const [n, records] of partition.count(candidates, range, step)) add(counts, n, records, 0)
  const severe = partition.candidates({ kind: 'and', parts: [query, SEVERE] })
  if (!severe.possible) return
  for (const [n, records] of partition.count(severe, range, step)) add(counts, n, 0, records)
}

/** Of everything, whole seconds and minutes are counted already. Only what is left of them has to be looked up. */
function countEverything(partition: PartitionReader, range: KeyRange, step: number, counts: Counts): void {
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
