// Records of one partition, in the order of time, until there are enough or time is up.

import { setImmediate as turn } from 'node:timers/promises'
import { parseJson } from '../../lib/json.ts'
import { createMatcher, type Query } from '../../lib/query/index.ts'
import { type Candidates, keyInQuestion } from './candidates.ts'
import type { KeyRange } from './key.ts'
import type { Direction, Found, PartitionReader } from './partition-reader.ts'
import type { Opened } from './reader.ts'

export interface Located extends Found {
  partition: number
}

interface ScanRequest {
  query: Query
  direction: Direction
  limit: number
}

const CHUNK = 1000
/** Bytes of a page or a chunk, after which it ends: a record may have a megabyte. */
export const MOST_BYTES = 8 * 2 ** 20

/** A damaged partition is left out of the answer. */
export async function scanOrLeave(partition: Opened, ...rest: Rest): Promise<Scanned> {
  try {
    return await scan(partition.open(), ...rest)
  } catch (error) {
    partition.failed(error)
    return { found: [], bytes: 0 }
  }
}

type Rest = [request: ScanRequest, range: KeyRange, deadline: number, signal: AbortSignal]

interface Scanned {
  found: Located[]
  bytes: number
  /** Where it stopped, when it was not at the end: everything up to that key was looked at. */
  reached?: number
}

async function scan(
  partition: PartitionReader,
  { query, direction, limit }: ScanRequest,
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
