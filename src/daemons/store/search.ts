// Pages of records out of several partitions, whose times may overlap: what was late lies in a newer one.

import { setImmediate as turn } from 'node:timers/promises'
import { parseJson } from '../../lib/json.ts'
import { createMatcher, type Query } from '../../lib/query/index.ts'
import { type Candidates, keyInQuestion } from './candidates.ts'
import type { Cursor } from './cursor.ts'
import type { KeyRange } from './key.ts'
import type { Direction, Found, PartitionReader } from './partition-reader.ts'
import type { Opened } from './reader.ts'

export interface Located extends Found {
  partition: number
}

export interface PageRequest {
  query: Query
  range: KeyRange
  direction: Direction
  limit: number
  /** Go on behind this. */
  after?: Cursor | undefined
  /** Milliseconds after which it is given as far as it got. */
  budget: number
}

type Asked = Pick<PageRequest, 'range' | 'direction' | 'after'>

export interface Page {
  found: Located[]
  /** Undefined at the end. */
  next?: Cursor
  /** When it ended early: the key up to which everything was looked at. */
  reached?: number
}

const CHUNK = 1000
/** Bytes of a page or a chunk, after which it ends: a record may have a megabyte. */
const MOST_BYTES = 8 * 2 ** 20

/** One page. Lets others have a turn after each partition. Rejects when the signal says that nobody waits for it. */
export async function findPage(
  opened: readonly Opened[],
  request: PageRequest,
  signal: AbortSignal,
): Promise<Page> {
  const { direction, limit } = request
  const newest = direction === 'newest'
  const order = newest ? compareLocated : (a: Located, b: Located) => compareLocated(b, a)
  const deadline = performance.now() + request.budget
  let found: Located[] = []
  // Up to where everything was looked at, in the partition that got least far.
  let reached: number | undefined
  const reach = (key: number) => {
    reached = reached === undefined ? key : newest ? Math.max(reached, key) : Math.min(reached, key)
  }
  const parts = partsOf(opened, request)
  let bytes = 0
  for (const { partition, range } of parts) {
    const last = found.length < limit ? undefined : found.at(-1)!.key
    if (last !== undefined && (newest ? last >= range.to : last < range.from)) break
    // Those that begin where the page does are looked into in any case, or it would never get further.
    const farther = newest ? range.to < parts[0]!.range.to : range.from > parts[0]!.range.from
    if (farther && (bytes >= MOST_BYTES || performance.now() >= deadline)) {
      reach(newest ? range.to : range.from - 1)
      continue
    }
    const scanned = await scanOrLeave(partition, request, range, deadline, signal)
    bytes += scanned.bytes
    if (scanned.reached !== undefined) reach(scanned.reached)
    found = [...found, ...scanned.found].sort(order).slice(0, limit)
    await turn()
    signal.throwIfAborted()
  }
  return pageOf(found, reached, request)
}

function pageOf(found: Located[], reached: number | undefined, { direction, limit }: PageRequest): Page {
  const newest = direction === 'newest'
  // What lies beyond the point that all have reached may not be the next one.
  const certain =
    reached === undefined ? found : found.filter(({ key }) => (newest ? key >= reached : key <= reached))
  if (certain.length === limit) {
    const { key, partition } = certain.at(-1)!
    return { found: certain, next: { key, partition } }
  }
  if (reached === undefined) return { found: certain }
  const next = { key: reached, partition: newest ? 0 : Number.MAX_SAFE_INTEGER }
  return { found: certain, next, reached }
}

/** The partitions with keys in question, in the order in which their records come. */
export function partsOf(
  opened: readonly Opened[],
  request: Pick<PageRequest, 'range' | 'direction' | 'after'>,
) {
  const parts = opened
    .map(partition => ({ partition, range: rangeIn(partition, request) }))
    .filter(({ range }) => range.from < range.to)
  return request.direction === 'newest'
    ? parts.sort((a, b) => b.range.to - a.range.to)
    : parts.sort((a, b) => a.range.from - b.range.from)
}

/** The keys of a partition that are still to be looked at. */
function rangeIn({ number, about }: Opened, { range, direction, after }: Asked): KeyRange {
  let from = Math.max(range.from, about.firstKey)
  let to = Math.min(range.to, about.lastKey + 1)
  if (after && direction === 'newest') to = Math.min(to, number < after.partition ? after.key + 1 : after.key)
  if (after && direction === 'oldest')
    from = Math.max(from, number > after.partition ? after.key : after.key + 1)
  return { from, to }
}

/** A damaged partition is left out of the answer. */
async function scanOrLeave(partition: Opened, ...rest: Rest): Promise<Scanned> {
  try {
    return await scan(partition.open(), ...rest)
  } catch (error) {
    partition.failed(error)
    return { found: [], bytes: 0 }
  }
}

type Rest = [request: PageRequest, range: KeyRange, deadline: number, signal: AbortSignal]

interface Scanned {
  found: Located[]
  bytes: number
  /** Where it stopped, when it was not at the end: everything up to that key was looked at. */
  reached?: number
}

async function scan(
  partition: PartitionReader,
  { query, direction, limit }: PageRequest,
  range: KeyRange,
  deadline: number,
  signal: AbortSignal,
): Promise<Scanned> {
  const candidates = partition.candidates(query)
  const scanned: Scanned = { found: [], bytes: 0 }
  if (!candidates.possible) return scanned
  const chunks = candidates.exact
    ? certain(partition, candidates, range, direction, limit, signal)
    : verified(partition, query, candidates, range, direction, signal)
  for await (const { found, reached, last } of chunks) {
    for (const one of found.slice(0, limit - scanned.found.length)) {
      scanned.found.push({ ...one, partition: partition.number })
      scanned.bytes += one.body.length
    }
    if (last || scanned.found.length >= limit) return scanned
    if (scanned.bytes >= MOST_BYTES || performance.now() >= deadline) return { ...scanned, reached }
  }
  return scanned
}

interface Chunk {
  found: Found[]
  /** The key of the last one that was looked at. */
  reached: number
  /** Whether there are no more. */
  last: boolean
}

/** So many of them, or fewer when they are large. */
function take(found: Iterable<Found>, limit: number): Chunk {
  const taken: Found[] = []
  let bytes = 0
  for (const one of found) {
    taken.push(one)
    bytes += one.body.length
    if (bytes >= MOST_BYTES) return { found: taken, reached: one.key, last: false }
  }
  return { found: taken, reached: taken.at(-1)?.key ?? 0, last: taken.length < limit }
}

/** Candidates of which the index knows all. */
async function* certain(
  partition: PartitionReader,
  candidates: Candidates,
  range: KeyRange,
  direction: Direction,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const slices = slicesOf(range, candidates)
  if (direction === 'newest') slices.reverse()
  for (const [n, slice] of slices.entries()) {
    for (let left = slice; ; ) {
      const chunk = take(partition.find(candidates, left, direction, limit), limit)
      const end = direction === 'newest' ? slice.from : slice.to - 1
      if (chunk.last) yield { ...chunk, reached: end, last: n === slices.length - 1 }
      else yield chunk
      if (chunk.last) break
      left =
        direction === 'newest'
          ? { from: left.from, to: chunk.reached }
          : { from: chunk.reached + 1, to: left.to }
    }
    await turn()
    signal.throwIfAborted()
  }
}

/** SQLite cannot be interrupted: what may take it long is asked in so many parts. */
const SLICES = 32
/** Of the expression that the index is asked; a longer one has many words. */
const LONG = 200

/** The range in parts, oldest first: of a question that is quickly answered, in one. */
export function slicesOf({ from, to }: KeyRange, { match = '' }: Candidates): KeyRange[] {
  if (match.length < LONG) return [{ from, to }]
  const step = Math.ceil((to - from) / SLICES)
  const starts = Array.from({ length: SLICES }, (_, n) => from + n * step).filter(start => start < to)
  return starts.map(start => ({ from: start, to: Math.min(start + step, to) }))
}

/** Candidates of which the index does not know all, looked at one by one, in chunks. */
export async function* verified(
  partition: PartitionReader,
  query: Query,
  candidates: Candidates,
  range: KeyRange,
  direction: Direction,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const matches = createMatcher(query)
  const key = keyInQuestion(query)
  for (let left = range; ; ) {
    const { found, reached, last } = take(partition.find(candidates, left, direction, CHUNK, key), CHUNK)
    yield { found: found.filter(({ body, time }) => matches(parseJson(body) as object, time)), reached, last }
    if (last) return
    left = direction === 'newest' ? { from: left.from, to: reached } : { from: reached + 1, to: left.to }
    await turn()
    signal.throwIfAborted()
  }
}

function compareLocated(a: Located, b: Located): number {
  return b.key - a.key || b.partition - a.partition
}
