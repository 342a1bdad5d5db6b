// Times as people write them in a query, and as programs write them in `from` and `to` of the API.

import { clip } from './query-error.ts'

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[t ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(z|[+-]\d\d(?::?\d\d)?)?)?$/i
const AGO = /^-(\d{1,15}(?:\.\d{1,9})?)([smhdw])$/
const EPOCH_MS = /^\d{12,16}$/

const UNITS: ReadonlyMap<string, number> = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
])

// What a Date can hold (ECMAScript, "Time Values and Time Range").
const LATEST = 8.64e15

/**
 * Epoch ms of a date or time of ISO 8601 (UTC unless it says otherwise), of epoch ms in at least 12 digits (fewer may
 * be seconds, or a year), of `now`, or of so long ago as `-15m`. Throws RangeError that says what to write.
 */
export function parseTime(text: string, now: number): number {
  const written = text.trim()
  const time = written === 'now' ? now : (ago(written, now) ?? epoch(written) ?? iso(written))
  if (time !== undefined && Math.abs(time) <= LATEST) return time
  throw new RangeError(`"${clip(text)}" is not a time; write for example 2026-11-21T08:00, -15m or now`)
}

function ago(text: string, now: number): number | undefined {
  const [, amount, unit = ''] = AGO.exec(text) ?? []
  return amount === undefined ? undefined : Math.round(now - Number(amount) * UNITS.get(unit)!)
}

function epoch(text: string): number | undefined {
  return EPOCH_MS.test(text) ? Number(text) : undefined
}

/** Epoch ms of a date or time of ISO 8601, UTC unless it says otherwise; undefined when it is none. */
export function iso(text: string): number | undefined {
  const [matched, year, month, day, hours = '0', minutes = '0', seconds = '0', fraction = '', zone] =
    ISO.exec(text) ?? []
  if (matched === undefined) return undefined
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  // Date makes the 3 March of a 31 February.
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined
  // A leap second is written 60 (RFC 3339 section 5.6) and is the second after.
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) return undefined
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'))
  const ahead = offset(zone)
  if (ahead === undefined) return undefined
  return date.setUTCHours(Number(hours), Number(minutes), Number(seconds), milliseconds) - ahead
}

/** How far a zone is ahead of UTC, in ms. */
function offset(zone = 'Z'): number | undefined {
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))]
  if (zone.toUpperCase() === 'Z') return 0
  if (hours > 23 || minutes > 59) return undefined
  const ahead = hours * 3_600_000 + (zone.length > 3 ? minutes * 60_000 : 0)
  return zone.startsWith('-') ? -ahead : ahead
}
