import { type Exception, type LogRecord, messageOf } from '../../lib/index.ts'
import { filingTime, SEVERITY_WORDS, severityRank, textOf, valuesOf } from '../../lib/query/index.ts'
import { FACETS, type Facet, LONGEST_TERM, OVERFLOW } from './layout.ts'

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

/** Of one facet of one record. */
const MOST_VALUES = 16
const SEVERE = new Set<string>(SEVERITY_WORDS.slice(0, 4))

export function rowsOf(records: readonly LogRecord[], bodies: string[], now: number): Rows {
  return {
    ids: records.map(record => record['@meta'].id),
    received: Float64Array.from(records, record => record['@meta'].received ?? Number.NaN),
    times: Float64Array.from(records, record => filingTime(record, now)),
    bodies,
    texts: records.map(textOf),
    facets: Object.fromEntries(
      FACETS.map(facet => [facet, records.map(record => facetOf(record, facet))]),
    ) as Rows['facets'],
  }
}

/** Records with their JSON, and those that have none: a filter in the same process may have made a cycle. */
export function encode(records: readonly LogRecord[]) {
  const encoded: { index: number; record: LogRecord; body: string }[] = []
  const dead: Exception[] = []
  records.forEach((record, index) => {
    try {
      encoded.push({ index, record, body: JSON.stringify(record) })
    } catch (error) {
      dead.push([index, { dead: 'unwritable', detail: messageOf(error) }])
    }
  })
  return { encoded, dead }
}

/** What a record has of a facet, severities as their common word. */
export function facetOf(record: object, facet: Facet): FacetValue {
  const values = valuesOf(record, facet)
  if (values.length <= 1) return termOf(values[0], facet)
  const terms = [...new Set(values.map(value => termOf(value, facet)).filter(term => term !== undefined))]
  if (terms.length <= 1) return terms[0]
  return terms.length <= MOST_VALUES ? terms : [...terms.slice(0, MOST_VALUES), OVERFLOW]
}

/** Whether something serious has happened: `err`, or worse. */
export function isSevere(severity: FacetValue): boolean {
  if (severity === undefined) return false
  return typeof severity === 'string' ? SEVERE.has(severity) : severity.some(word => SEVERE.has(word))
}

function termOf(value: unknown, facet: Facet): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const rank = facet === 'severity' ? severityRank(value as string | number) : undefined
  return (rank === undefined ? String(value) : SEVERITY_WORDS[rank]!).slice(0, LONGEST_TERM)
}
