// Changes of a query that a click makes: only this value, not this value, and back.
import { canonicalName, severityRank } from '../../lib/query/fields.ts'
import { cut } from './hostile.ts'
import { type Clause, scan } from './query-scan.ts'

/** A clause as one would type it: quoted where the value needs it. */
export function clause(field: string, value: string): string {
  const { text, prefix } = wanted(value)
  const word = field === 'severity' && severityRank(value) === undefined ? quote(text) : quoted(text)
  return `${fieldName(field)}:${prefix ? `${quote(text)}*` : word}`
}

const LONGEST = 300

/** Of a long value, or one of several lines, which no search box shows, its beginning is asked for. */
function wanted(value: string): { text: string; prefix: boolean } {
  const line = cut(/^[^\r\n]*/.exec(value)![0], LONGEST)
  return { text: line, prefix: line.length < value.length }
}

/** Whether a query can ask for this field at all: see Scanner.named in src/lib/query/scan.ts. Time only has ranges. */
export function canAsk(field: string, value: string): boolean {
  return field !== 'time' && !/[=*\r\n]/.test(field) && field.length < 200 && !/^[\r\n]/.test(value)
}

// A minus at the start would negate, a star at the end would ask for a beginning.
const BARE = /^[\p{L}\p{N}_.@][\p{L}\p{N}_./@-]*$/u
const WORDS = new Set(['AND', 'OR', 'NOT'])

export const quoted = (value: string) => (BARE.test(value) && !WORDS.has(value) ? value : quote(value))

const quote = (value: string) => `"${value.replace(/["\\]/g, '\\$&')}"`

export function fieldName(name: string): string {
  const escaped = name.replace(/[\s"():<>\\]/g, '\\$&')
  return /^[\p{L}_@$\\]/u.test(escaped) ? escaped : `\\${escaped}`
}

export const only = (query: string, field: string, value: string) => add(query, field, value, false)
export const not = (query: string, field: string, value: string) => add(query, field, value, true)

/** Whether the query says `only` (or `not`) this value, so that it holds for every record that is found. */
export function says(query: string, field: string, value: string, negated: boolean): boolean {
  return find(query, field, value, negated) !== undefined
}

/** The query without such a clause. */
export function without(query: string, field: string, value: string, negated: boolean): string {
  const found = find(query, field, value, negated)
  return found ? remove(query, found) : query
}

export function remove(query: string, { from, to }: Pick<Clause, 'from' | 'to'>): string {
  return [query.slice(0, from).trim(), query.slice(to).trim()].filter(part => part !== '').join(' ')
}

function add(query: string, field: string, value: string, negated: boolean): string {
  if (says(query, field, value, negated)) return query
  const rest = without(query, field, value, !negated)
  return both(rest, `${negated ? '-' : ''}${clause(field, value)}`)
}

/** The query, and what stands in `added` as well. */
export function both(query: string, added: string): string {
  const rest = query.trim()
  // OR binds weaker than what stands side by side.
  const kept = scan(rest).alternatives ? `(${rest})` : rest
  return kept === '' ? added : `${kept} ${added}`
}

function find(query: string, field: string, value: string, negated: boolean): Clause | undefined {
  const { clauses, alternatives } = scan(query)
  if (alternatives) return undefined
  const { text, prefix } = wanted(value)
  return clauses.find(
    each =>
      each.depth === 0 &&
      each.operator === ':' &&
      each.negated === negated &&
      canonicalName(each.field ?? '') === field &&
      each.value.toLowerCase() === text.toLowerCase() &&
      each.prefix === prefix,
  )
}
