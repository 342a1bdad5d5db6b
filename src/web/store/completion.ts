// What can be completed at the caret of a query: the name of a field, or one of its values.
import { canonicalName } from '../../lib/query/fields.ts'
import { fieldName, quoted, remove } from '../lib/query-edit.ts'
import { type Clause, scan } from '../lib/query-scan.ts'

export interface Completable {
  kind: 'field' | 'value'
  /** The field whose values are wanted. */
  field: string | undefined
  prefix: string
  /** What is replaced, in UTF-16 units. */
  from: number
  to: number
  /** The query without the clause that is being written. */
  rest: string
}

const NAME = /^[\p{L}_@][\p{L}\p{N}_.@-]*$/u

export function completableAt(query: string, caret: number): Completable | undefined {
  const clause = scan(query).clauses.findLast(({ from, to }) => from < caret && caret <= to)
  if (!clause || caret < clause.valueFrom) return undefined
  const { field, operator, valueFrom, to } = clause
  const rest = remove(query, clause)
  // Behind a comparison only severities have values that one would choose from.
  if (
    field !== undefined &&
    (operator === ':' || operator === undefined || canonicalName(field) === 'severity')
  )
    return {
      kind: 'value',
      field: canonicalName(field),
      prefix: writtenUntil(query, clause, caret),
      from: valueFrom,
      to,
      rest,
    }
  const prefix = query.slice(valueFrom, caret)
  if (field !== undefined || clause.quoted || !NAME.test(prefix)) return undefined
  return { kind: 'field', field: undefined, prefix, from: valueFrom, to, rest }
}

function writtenUntil(query: string, { valueFrom, quoted }: Clause, caret: number): string {
  if (!quoted) return query.slice(valueFrom, caret).replace(/\\(.)/gsu, '$1')
  return query
    .slice(valueFrom + 1, caret)
    .replace(/"\*?$/, '')
    .replace(/\\(["\\])/g, '$1')
}

/** The query with what was chosen in it, and where the caret is then. */
export function complete(
  query: string,
  { kind, from, to }: Completable,
  chosen: string,
): { query: string; caret: number } {
  const behind = query.slice(to)
  const text =
    kind === 'field' ? `${fieldName(chosen)}:` : `${quoted(chosen)}${/^[\s)]/.test(behind) ? '' : ' '}`
  return { query: query.slice(0, from) + text + behind, caret: from + text.length }
}
