// Pages of records out of several partitions, whose times may overlap: what was late lies in a newer one.

import { setImmediate as turn } from 'node:timers/promises'
import type { Query } from '../../lib/query/index.ts'
import type { Cursor } from './cursor.ts'
import type { KeyRange } from './key.ts'
import type { Direction } from './partition-reader.ts'
import type { Opened } from './reader.ts'
import { type Located, MOST_BYTES, scanOrLeave } from './scan.ts'

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

function compareLocated(a: Located, b: Located): number {
  return b.key - a.key || b.partition - a.partition
}
