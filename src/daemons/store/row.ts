import type { LogRecord } from '../../lib/index.ts'
import { SEVERITY_WORDS, severityRank, textOf, valuesOf } from '../../lib/query/index.ts'
import { FACETS, type Facet, LONGEST_TERM } from './layout.ts'

/** What is stored of records, by columns: they cross to the writer's thread faster than objects would. */
export interface Rows {
  ids: string[]
  /** When it was received, epoch milliseconds; NaN where it does not say. */
  received: Float64Array
  /** When its event was. */
  times: Float64Array
  /** The record as JSON. */
  bodies: string[]
  /** What is searched by words. */
  texts: string[]
  /** A list where the record has several values. */
  facets: { [F in Facet]: FacetValue[] }
}

export type FacetValue = string | readonly string[] | undefined

/** A sender's clock may be wrong, but not by more than this into the future: else its records would always be the newest. */
const FUTURE = 86_400_000
/** Of one facet of one record. */
const MOST_VALUES = 16

export function rowsOf(records: readonly LogRecord[], now: number): Rows {
  return {
    ids: records.map(record => record['@meta'].id),
    received: Float64Array.from(records, record => record['@meta'].received ?? Number.NaN),
    times: Float64Array.from(records, record => timeOf(record, now)),
    bodies: records.map(record => JSON.stringify(record)),
    texts: records.map(textOf),
    facets: Object.fromEntries(
      FACETS.map(facet => [facet, records.map(record => facetOf(record, facet))]),
    ) as Rows['facets'],
  }
}

/** When the event was, epoch milliseconds: `@timestamp`, or when it was received, if that makes no sense. */
export function timeOf(record: LogRecord, now: number): number {
  const received = record['@meta'].received ?? now
  const stated = record['@timestamp']
  const time =
    typeof stated === 'string' ? Date.parse(stated) : typeof stated === 'number' ? stated : Number.NaN
  return time <= received + FUTURE ? time : received
}

/** What a record has of a facet, severities as their common word. */
export function facetOf(record: LogRecord, facet: Facet): FacetValue {
  const values = valuesOf(record, facet)
  if (values.length <= 1) return termOf(values[0], facet)
  const terms = values.map(value => termOf(value, facet)).filter(term => term !== undefined)
  return terms.length <= 1 ? terms[0] : [...new Set(terms)].slice(0, MOST_VALUES)
}

function termOf(value: unknown, facet: Facet): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const rank = facet === 'severity' ? severityRank(value as string | number) : undefined
  return (rank === undefined ? String(value) : SEVERITY_WORDS[rank]!).slice(0, LONGEST_TERM)
}
