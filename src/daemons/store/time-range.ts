import type { Query } from '../../lib/query/index.ts'

/** The times that all records of a query lie in: from (inclusive) to (exclusive), epoch milliseconds. */
export function timeRange(query: Query): { from: number; to: number } {
  const range = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
  for (const part of query.kind === 'and' ? query.parts : [query]) {
    if (part.kind !== 'time') continue
    const { operator, at } = part
    if (operator === '>=' || operator === '=') range.from = Math.max(range.from, at)
    if (operator === '>') range.from = Math.max(range.from, at + 1)
    if (operator === '<') range.to = Math.min(range.to, at)
    if (operator === '<=' || operator === '=') range.to = Math.min(range.to, at + 1)
  }
  return range
}

/** The query without what `timeRange` has said of it. */
export function withoutTimes(query: Query): Query {
  if (query.kind === 'time') return { kind: 'all' }
  if (query.kind !== 'and') return query
  return { kind: 'and', parts: query.parts.filter(part => part.kind !== 'time') }
}
