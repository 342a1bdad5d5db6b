// Which values the fields of the newest records of a query have.

import { setImmediate as turn } from 'node:timers/promises'
import { parseJson } from '../../lib/json.ts'
import type { Query } from '../../lib/query/index.ts'
import type { KeyRange } from './key.ts'
import { FACETS } from './layout.ts'
import { add } from './partition-reader.ts'
import type { Opened } from './reader.ts'
import { facetOf } from './row.ts'
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
  for (const { partition, range: part } of partsOf(opened, { range, direction: 'newest' })) {
    const { about } = partition
    if (counted >= most || performance.now() >= deadline) return { counts, counted, complete: false }
    const reader = partition.open()
    const candidates = reader.candidates(query)
    if (query.kind === 'all' && part.from === about.firstKey && part.to === about.lastKey + 1) {
      // Of a whole partition without any condition, the counts are kept.
      reader.allTerms(counts)
      counted += about.records
    } else if (candidates.possible && candidates.exact) {
      counted += reader.countTerms(candidates, part, most - counted, counts, body =>
        countValues(body, counts),
      )
      if (counted >= most) return { counts, counted, complete: false }
    } else if (candidates.possible) {
      for await (const { found, last } of verified(reader, query, candidates, part, 'newest', signal)) {
        for (const { body } of found) countValues(body, counts)
        counted += found.length
        if (!last && (counted >= most || performance.now() >= deadline))
          return { counts, counted, complete: false }
      }
    }
    await turn()
    signal.throwIfAborted()
  }
  return { counts, counted, complete: true }
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
