// Which values the fields of the newest records of a query have.

import { setImmediate as turn } from 'node:timers/promises'
import { parseJson } from '../../lib/json.ts'
import type { Query } from '../../lib/query/index.ts'
import type { KeyRange } from './key.ts'
import { FACETS } from './layout.ts'
import { add } from './partition-reader.ts'
import type { Opened } from './reader.ts'
import { facetOf } from './row.ts'
import { slicesOf, verified } from './scan.ts'
import { partsOf } from './search.ts'

export interface FacetsRequest {
  query: Query
  range: KeyRange
  /** Records looked at, at most. */
  most: number
  budget: number
}

export interface Facets {
  /** How often each value comes, by facet in the order of FACETS. */
  counts: Map<string, number>[]
  /** Records that were looked at; all there are, or the newest of them. */
  counted: number
  complete: boolean
}

/** Newest partitions first, until there are enough or time is up. Rejects when the signal says that nobody waits for it. */
export async function countFacets(
  opened: readonly Opened[],
  { query, range, most, budget }: FacetsRequest,
  signal: AbortSignal,
): Promise<Facets> {
  const deadline = performance.now() + budget
  const facets: Facets = { counts: FACETS.map(() => new Map<string, number>()), counted: 0, complete: true }
  const enough = () => facets.counted >= most || performance.now() >= deadline
  for (const { partition, range: part } of partsOf(opened, { range, direction: 'newest' })) {
    if (enough() && !isWhole(partition, query, part)) return { ...facets, complete: false }
    try {
      await countPart(partition, query, part, most, facets, enough, signal)
    } catch (error) {
      // A damaged partition is left out.
      partition.failed(error)
    }
    if (!facets.complete) return facets
    await turn()
    signal.throwIfAborted()
  }
  return facets
}

/** Adds what one partition has; not complete when it stopped before its end. */
async function countPart(
  partition: Opened,
  query: Query,
  range: KeyRange,
  most: number,
  facets: Facets,
  enough: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const reader = partition.open()
  const { counts } = facets
  if (isWhole(partition, query, range)) {
    reader.allTerms(counts)
    facets.counted += partition.about.records
    return
  }
  const candidates = reader.candidates(query)
  if (!candidates.possible) return
  if (candidates.exact) {
    for (const slice of slicesOf(range, candidates).reverse()) {
      const wanted = most - facets.counted
      const seen = reader.countTerms(candidates, slice, wanted, counts, body => countValues(body, counts))
      facets.counted += seen
      if (seen === wanted || (slice.from > range.from && enough())) facets.complete = false
      if (!facets.complete) return
      await turn()
      signal.throwIfAborted()
    }
    return
  }
  for await (const { found, last } of verified(reader, query, candidates, range, 'newest', signal)) {
    for (const { body } of found) countValues(body, counts)
    facets.counted += found.length
    if (!last && enough()) {
      facets.complete = false
      return
    }
  }
}

/** Of a whole partition without any condition, the counts are kept: they cost nothing, however many there are. */
function isWhole({ about }: Opened, query: Query, range: KeyRange): boolean {
  return query.kind === 'all' && range.from <= about.firstKey && range.to > about.lastKey
}

function countValues(body: string, counts: readonly Map<string, number>[]): void {
  const record = parseJson(body) as object
  FACETS.forEach((facet, n) => {
    const value = facetOf(record, facet)
    if (value === undefined) return
    for (const one of typeof value === 'string' ? [value] : value) add(counts[n]!, one, 1)
  })
}

/** Names of the fields of a record, nested ones with dots. */
export function namesIn(record: object, prefix = '', names = new Set<string>(), depth = 0): Set<string> {
  for (const [key, value] of Object.entries(record)) {
    const name = prefix + key
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 8)
      namesIn(value, `${name}.`, names, depth + 1)
    else names.add(name)
  }
  return names
}
