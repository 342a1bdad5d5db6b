// A query as the condition of a filter: `severity<=3`, for one record after the other.

import { timeOfEvent } from '../event-time.ts'
import type { LogRecord } from '../record.ts'
import type { Query } from './ast.ts'
import { createMatcher } from './match.ts'
import { parseQuery, QueryError } from './parse.ts'

export type Condition = (record: LogRecord) => boolean

/** `*` is every record. Throws RangeError that says what is wrong with it, and where. */
export function createCondition(text: string): Condition {
  const query = read(text)
  const matches = createMatcher(query)
  if (!asksForTime(query)) return record => matches(record, Number.NaN)
  return record => {
    // By no clock: asked again, the answer has to be the same.
    const time = timeOfEvent(record, Number.POSITIVE_INFINITY)
    return matches(record, Number.isFinite(time) ? time : Number.NaN)
  }
}

/** Parts `CONDITION => WHAT` at its first arrow that is not quoted. Undefined when there is none. */
export function splitArrow(text: string): { condition: string; what: string } | undefined {
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') quoted = !quoted
    else if (!quoted && text.startsWith('=>', i))
      return { condition: text.slice(0, i).trim(), what: text.slice(i + 2).trim() }
  }
  return undefined
}

/** What is quoted, and an event's field as other languages would ask for it. A search may well be for `type=AVC` as text. */
const EQUALS = /"(?:\\.|[^"\\])*"|(?<![^\s(-])((?:type|account|app|data\.[\w.]+)=)/g

function read(text: string): Query {
  if (text.trim() === '') throw new RangeError('the condition is empty; write * for all records')
  for (const [, field] of text.matchAll(EQUALS))
    if (field !== undefined)
      throw new RangeError(
        `"${text}": write ${field.replace('=', ':')}value for the field, or put the text in quotes to find it`,
      )
  try {
    const query = parseQuery(text, 0)
    if (JSON.stringify(query) === JSON.stringify(parseQuery(text, 86_400_000))) return query
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    throw new RangeError(`"${text}": ${error.message} (at character ${error.position + 1})`)
  }
  throw new RangeError(
    `"${text}": a time such as -15m would be counted from the start of the daemon; write a date, as in time>=2026-11-21`,
  )
}

function asksForTime(query: Query): boolean {
  if (query.kind === 'and' || query.kind === 'or') return query.parts.some(asksForTime)
  return query.kind === 'not' ? asksForTime(query.part) : query.kind === 'time'
}
