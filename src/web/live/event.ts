// What one line shows of an event.
import { timeOfEvent } from '../../lib/event-time.ts'
import { routesOfField } from '../../lib/query/fields.ts'
import { firstValue } from '../../lib/query/first-value.ts'
import { cut } from '../lib/hostile.ts'
import { type Field, type Fields, fieldsOf, isMeta, textOf } from '../lib/record-fields.ts'

export interface EventLine {
  /** Counts up. */
  readonly number: number
  readonly record: Fields
  /** When it was, as the server says as well; an invalid one where nothing says it. */
  readonly at: Date
  readonly fields: readonly Field[]
}

/** More of them nobody reads on one line. */
const MOST_FIELDS = 200

export function eventLine(record: Fields, number: number): EventLine {
  const at = new Date(timeOfEvent(record, Number.NaN))
  return { number, record, at, fields: fieldsOf(record, MOST_FIELDS) }
}

/** The text of a field as the server counts it: a plain name is looked for in `data` as well. */
export const fieldText = (record: Fields, name: string): string =>
  textOf(firstValue(record, routesOfField(name)))

/** In UTF-16 units. */
const LONGEST = 400
const VALUE = 80
const TIMES = new Set(['time', '@timestamp'])

/** All that the columns do not show, in short. */
export function restOf({ fields }: EventLine, shown: readonly string[]): string {
  let text = ''
  for (const { name, text: value } of fields) {
    const short = name.replace(/^data\./, '')
    if (isMeta(name) || TIMES.has(name) || shown.includes(short) || shown.includes(name)) continue
    const part = name === 'message' ? value : `${short}=${cut(value, VALUE)}`
    text += text === '' ? part : `  ${part}`
    if (text.length > LONGEST) break
  }
  return text
}
