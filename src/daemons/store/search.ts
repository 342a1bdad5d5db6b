// Pages of records out of several partitions, whose times may overlap: what was late lies in a newer one.

import { setImmediate as turn } from 'node:timers/promises'
import { createMatcher, type Query } from '../../lib/query/index.ts'
import type { Candidates } from './candidates.ts'
import type { Direction, Found, KeyRange, PartitionReader } from './partition-reader.ts'
import type { Opened } from './reader.ts'

/** Where a page ends: records are sorted by key, and then by partition. */
export interface Cursor {
  key: number
  partition: number
}

export interface Located extends Found {
  partition: number
}

export interface PageRequest {
  query: Query
  range: KeyRange
  direction: Direction
  limit: number
  /** Go on behind this. */
  after?: Cursor
  /** Milliseconds after which it is given as far as it got. */
  budget: number
}

export interface Page {
  found: Located[]
  /** Undefined at the end. */
  next?: Cursor
  complete: boolean
}

const CHUNK = 1000

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
  for (const { partition, range } of parts) {
    const last = found.length < limit ? undefined : found.at(-1)!.key
    if (last !== undefined && (newest ? last >= range.to : last < range.from)) break
    // Those that begin where the page does are looked into in any case, or it would never get further.
    const farther = newest ? range.to < parts[0]!.range.to : range.from > parts[0]!.range.from
    if (farther && performance.now() >= deadline) {
      reach(newest ? range.to : range.from - 1)
      continue
    }
    const scanned = await scan(partition, request, range, deadline, signal)
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
    return { found: certain, next: { key, partition }, complete: true }
  }
  if (reached === undefined) return { found: certain, complete: true }
  const next = { key: reached, partition: newest ? 0 : Number.MAX_SAFE_INTEGER }
  return { found: certain, next, complete: false }
}

/** The partitions with keys in question, in the order in which their records come. */
export function partsOf(
  opened: readonly Opened[],
  request: Pick<PageRequest, 'range' | 'direction' | 'after'>,
) {
  const parts = opened
    .map(({ partition, about }) => ({ partition, about, range: rangeIn(partition.number, about, request) }))
    .filter(({ range }) => range.from < range.to)
  return request.direction === 'newest'
    ? parts.sort((a, b) => b.range.to - a.range.to)
    : parts.sort((a, b) => a.range.from - b.range.from)
}

/** The keys of a partition that are still to be looked at. */
function rangeIn(
  partition: number,
  about: Opened['about'],
  { range, direction, after }: Pick<PageRequest, 'range' | 'direction' | 'after'>,
): KeyRange {
  let from = Math.max(range.from, about.firstKey)
  let to = Math.min(range.to, about.lastKey + 1)
  if (after && direction === 'newest')
    to = Math.min(to, partition < after.partition ? after.key + 1 : after.key)
  if (after && direction === 'oldest')
    from = Math.max(from, partition > after.partition ? after.key : after.key + 1)
  return { from, to }
}

/** Records of one partition. `reached` when time was up: everything up to that key was looked at. */
async function scan(
  partition: PartitionReader,
  { query, direction, limit }: PageRequest,
  range: KeyRange,
  deadline: number,
  signal: AbortSignal,
): Promise<{ found: Located[]; reached?: number }> {
  const candidates = partition.candidates(query)
  if (!candidates.possible) return { found: [] }
  const here = (found: Found): Located => ({ ...found, partition: partition.number })
  if (candidates.exact)
    return { found: Array.from(partition.find(candidates, range, direction, limit), here) }
  const found: Located[] = []
  for await (const chunk of verified(partition, query, candidates, range, direction, signal)) {
    found.push(...chunk.found.slice(0, limit - found.length).map(here))
    if (found.length >= limit) return { found }
    if (!chunk.last && performance.now() >= deadline) return { found, reached: chunk.reached }
  }
  return { found }
}

/** Candidates of which the index does not know all, looked at one by one, in chunks. */
export async function* verified(
  partition: PartitionReader,
  query: Query,
  candidates: Candidates,
  range: KeyRange,
  direction: Direction,
  signal: AbortSignal,
): AsyncGenerator<{ found: Found[]; reached: number; last: boolean }> {
  const matches = createMatcher(query)
  for (let left = range; ; ) {
    const chunk = Array.from(partition.find(candidates, left, direction, CHUNK))
    const found = chunk.filter(({ body, time }) => matches(JSON.parse(body) as object, time))
    const last = chunk.length < CHUNK
    const reached = chunk.at(-1)?.key ?? 0
    yield { found, reached, last }
    if (last) return
    left = direction === 'newest' ? { from: left.from, to: reached } : { from: reached + 1, to: left.to }
    await turn()
    signal.throwIfAborted()
  }
}

function compareLocated(a: Located, b: Located): number {
  return b.key - a.key || b.partition - a.partition
}

/** As it is written in answers. */
export function formatCursor({ key, partition }: Cursor): string {
  return `${key}-${partition}`
}

/** Throws RangeError for what formatCursor has not made. */
export function parseCursor(text: string): Cursor {
  const [, key, partition] = /^(\d{1,16})-(\d{1,16})$/.exec(text) ?? []
  if (key === undefined) throw new RangeError('it is not the `next` of an answer')
  return { key: Number(key), partition: Number(partition) }
}
