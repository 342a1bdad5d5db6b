// An entry of the journal as journalctl writes it as JSON: https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-json-format

import { isUtf8 } from 'node:buffer'

/** A value is a text; bytes, where it is not UTF-8 or not printable; or a list of them, where the field comes more than once. */
export type Entry = { readonly [field: string]: unknown }

/** A value as text. */
export interface Value {
  text: string
  /** The original bytes, where they are not UTF-8. */
  bytes?: Buffer
}

/** Throws SyntaxError for what is no JSON, and TypeError for what is no entry. */
export function parseEntry(line: string): Entry {
  const entry: unknown = JSON.parse(line)
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) throw new TypeError('no entry')
  return entry as Entry
}

/** All values of a field, in the order of the journal; none where it is not there. */
export function valuesOf(value: unknown): Value[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && !isBytes(value)) return value.flatMap(valuesOf)
  return [toValue(value)]
}

/** The first value of a field. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : valuesOf(value)[0]?.text
}

function toValue(value: unknown): Value {
  if (!isBytes(value)) return { text: String(value) }
  const bytes = Buffer.from(value)
  const text = bytes.toString()
  return isUtf8(bytes) ? { text } : { text, bytes }
}

function isBytes(value: unknown): value is number[] {
  return Array.isArray(value) && typeof value[0] === 'number'
}

/** Microseconds; undefined for what is no such number, or beyond the year 2255, where a double is not exact. */
export function microseconds(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{1,16}$/.test(value)) return undefined
  const time = Number(value)
  return Number.isSafeInteger(time) ? time : undefined
}

/** Microseconds as ISO 8601, UTC. */
export function isoTime(time: number): string {
  const iso = new Date(Math.floor(time / 1000)).toISOString()
  const rest = time % 1000
  return rest === 0 ? iso : `${iso.slice(0, -1)}${String(rest).padStart(3, '0')}Z`
}
