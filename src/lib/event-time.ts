// When an event was, as its sender says. (The store files records by a stricter rule: query/filing-time.ts.)

import { iso } from './query/time.ts'
import { scalarOf } from './query/walk.ts'

/** A record, wherever it is: pages ask this as well. */
type Fields = { readonly [field: string]: unknown }

/** A number above it is milliseconds: as seconds it would be the year 5138. */
const MOST_SECONDS = 1e11
/** What a Date can hold (ECMAScript, "Time Values and Time Range"). */
const LATEST = 8.64e15

/**
 * Epoch milliseconds of an event: `time`, else `@timestamp`, else when it was received; `now`, where that is not known
 * either. A time is ISO 8601 (UTC unless it says otherwise), or a number of seconds or milliseconds since 1970.
 */
export function timeOfEvent(record: Fields, now: number): number {
  const { received } = (record['@meta'] ?? {}) as { received?: unknown }
  return statedTime(record) ?? timeOf(received, 1) ?? now
}

/** When its sender says that it was; undefined where it says nothing that is a time. */
function statedTime(record: Fields): number | undefined {
  return timeOf(record.time) ?? timeOf(record['@timestamp'])
}

/** Whether it says when it was, but in no way that is read here: `timeOfEvent` is another time then. */
export function isTimeUnreadable(record: Fields): boolean {
  return saysTime(record) && statedTime(record) === undefined
}

/** Whether it says when it was, in whatever way. */
export function saysTime(record: Fields): boolean {
  return isSaid(record.time) || isSaid(record['@timestamp'])
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

/** Undefined for what is no time. */
function timeOf(value: unknown, unit?: number): number | undefined {
  if (typeof value === 'string') return iso(value)
  if (typeof value === 'boolean') return undefined
  // One that a double does not hold as it was written (1795407245.123450) is an object.
  const number = Number(scalarOf(value))
  if (!(number > 0)) return undefined
  const time = number * (unit ?? (number > MOST_SECONDS ? 1 : 1000))
  return time <= LATEST ? time : undefined
}
