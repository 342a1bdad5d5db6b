// Which values the fields of the newest records of a query have.

import { setImmediate as turn } from 'node:timers/promises'
import type { Query } from '../../lib/query/index.ts'
import { valuesOf } from '../../lib/query/index.ts'
import { FACETS } from './layout.ts'
import type { KeyRange } from './partition-reader.ts'
import type { Opened } from './reader.ts'
import { partsOf, verified } from './search.ts'

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

export async function countFacets(
  opened: readonly Opened[],
  { query, range, most, budget }: FacetsRequest,
  signal: AbortSignal,
): Promise<Facets> {
  const deadline = performance.now() + budget
  const counts = FACETS.map(() => new Map<string, number>())
  let counted = 0
  let truncated = false
  for (const { partition, about, range: part } of partsOf(opened, { range, direction: 'newest' })) {
    // Of a whole partition without any condition, the counts are kept.
    if (query.kind === 'all' && part.from === about.firstKey && part.to === about.lastKey + 1) {
      partition.allTerms(counts)
      counted += about.records
      continue
    }
    if (counted >= most || performance.now() >= deadline) return { counts, counted, complete: false }
    const candidates = partition.candidates(query)
    if (!candidates.possible) continue
    if (candidates.exact) {
      const wanted = most - counted
      const seen = partition.countTerms(candidates, part, wanted, counts)
      counted += seen
      if (seen === wanted) truncated = true
    } else {
      for await (const { found } of verified(partition, query, candidates, part, 'newest', signal)) {
        for (const { body } of found) countValues(JSON.parse(body) as object, counts)
        counted += found.length
        if (counted >= most || performance.now() >= deadline) return { counts, counted, complete: false }
      }
    }
    await turn()
    signal.throwIfAborted()
  }
  return { counts, counted, complete: !truncated }
}

function countValues(record: object, counts: Map<string, number>[]): void {
  FACETS.forEach((facet, n) => {
    for (const value of valuesOf(record, facet)) {
      const text = String(value)
      counts[n]!.set(text, (counts[n]!.get(text) ?? 0) + 1)
    }
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
