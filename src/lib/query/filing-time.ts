import type { LogRecord } from '../record.ts'
import { iso } from './time.ts'

/** A clock may be wrong, but not by more than this into the future: else its records would always be the newest. */
const FUTURE = 86_400_000
/** The form that nearly all times have: for Date.parse, which takes "hello 7" for a day in July, it has to be sure. */
const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/

/**
 * Under which time the store keeps a record, epoch milliseconds: its `@timestamp`, or when it was received, if that makes no sense. (The
 * `time` of an event, which lib/event-time.ts looks at first, is how long something took in many a log.)
 */
export function filingTime(record: LogRecord, now: number): number {
  const latest = now + FUTURE
  const { received = now } = record['@meta']
  const time = timestampOf(record['@timestamp'])
  if (time >= 0 && time <= Math.min(received + FUTURE, latest)) return time
  return received >= 0 && received <= latest ? received : now
}

function timestampOf(stated: unknown): number {
  if (typeof stated === 'number') return stated
  if (typeof stated !== 'string') return Number.NaN
  return UTC.test(stated) ? Date.parse(stated) : (iso(stated) ?? Number.NaN)
}
