import type { Writable } from 'node:stream'
import { isMeta, jsonOf, type LogRecord } from '../record.ts'

// Log text is hostile: a control character could move the cursor, retitle the terminal or hide what follows, and
// so could the marks that change the direction of writing.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

const RED = 31
const YELLOW = 33
const CYAN = 36
const GREY = 90

const COLOURS: ReadonlyMap<string, number> = new Map([
  ['emerg', RED],
  ['alert', RED],
  ['crit', RED],
  ['err', RED],
  ['warning', YELLOW],
  ['notice', CYAN],
  ['debug', GREY],
])

/** Shown by their place, not by their name. */
const PLACED = new Set([
  '@meta',
  '@timestamp',
  'timestamp',
  'host',
  'syslog_program',
  'syslog_pid',
  'message',
])
const IMPLIED = new Set(['syslog_priority', 'syslog_facility', 'syslog_severity'])

/** Returns the function that writes records as lines for a person; with colours where the stream is a terminal that has them. */
export function createFormat(
  stream: Writable & { hasColors?: () => boolean },
): (records: readonly LogRecord[]) => string {
  const coloured = stream.hasColors?.() ?? false
  const paint = (text: string, colour: number | undefined) =>
    coloured && colour !== undefined && text !== '' ? `\u001b[${colour}m${text}\u001b[0m` : text
  return records => records.map(record => `${formatRecord(record, paint)}\n`).join('')
}

function formatRecord(
  record: LogRecord,
  paint: (text: string, colour: number | undefined) => string,
): string {
  const severity = text(record.syslog_severity)
  const pid = record.syslog_pid === undefined ? '' : `[${text(record.syslog_pid)}]`
  const who = [text(record.host), `${text(record.syslog_program)}${pid}`].filter(Boolean).join(' ')
  const facility = record.syslog_facility === undefined ? '' : `${text(record.syslog_facility)}.`
  return [
    paint(text(record['@timestamp'] ?? received(record)), GREY),
    who,
    paint(`${facility}${severity}`, COLOURS.get(severity)),
    text(record.message),
    paint(rest(record), GREY),
  ]
    .filter(Boolean)
    .join(' ')
}

/** The fields that have no place of their own, as `name=value`. */
function rest(record: LogRecord): string {
  return Object.entries(record)
    .filter(([name]) => !PLACED.has(name) && !IMPLIED.has(name))
    .map(([name, value]) => `${text(name)}=${text(value)}`)
    .join(' ')
}

function received(record: LogRecord): string | undefined {
  const meta = record['@meta']
  return isMeta(meta) && meta.received !== undefined ? new Date(meta.received).toISOString() : undefined
}

/** Any value as one line of printable text. */
function text(value: unknown): string {
  if (value === undefined) return ''
  const plain = typeof value === 'string' ? value : jsonOf(value)
  return plain.replace(CONTROLS, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
