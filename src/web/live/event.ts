// What one line shows of an event.
import { routesOfField } from '../../lib/query/fields.ts'
import { firstValue } from '../../lib/query/first-value.ts'
import { cut } from '../lib/hostile.ts'
import { type Field, type Fields, fieldsOf, isMeta, textOf } from '../lib/record-fields.ts'

export interface EventLine {
  /** Counts up. */
  readonly number: number
  readonly record: Fields
  readonly at: Date
  readonly fields: readonly Field[]
}

/** More of them nobody reads on one line. */
const MOST_FIELDS = 200

export function eventLine(record: Fields, number: number): EventLine {
  return { number, record, at: new Date(timeOf(record)), fields: fieldsOf(record, MOST_FIELDS) }
}

/** Over this, a number counts milliseconds, and not seconds. */
const MILLISECONDS = 1e11

/** When it was, epoch milliseconds: as it says itself, else when it was received. */
function timeOf(record: Fields): number {
  const { received } = (record['@meta'] ?? {}) as { received?: number }
  for (const stated of [record.time, record['@timestamp'], received]) {
    const time =
      typeof stated === 'number' ? stated * (stated > MILLISECONDS ? 1 : 1000) : Date.parse(String(stated))
    if (Math.abs(time) < 8.64e15) return time
  }
  return Number.NaN
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
