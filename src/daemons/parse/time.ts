// Times as logs write them, to ISO 8601 in UTC.

import { DAY, nearestYear } from '../../lib/syslog/calendar.ts'
import type { Zone } from '../../lib/syslog/timezone.ts'
import { readEpoch } from './epoch.ts'
import { createStrptime, offsetOf, type TimeParts, wallClockOf } from './strptime.ts'

/** The time as ISO 8601 in UTC, with the fraction that was written; undefined where it is none. */
export type ReadTime = (text: string, received: number) => string | undefined

type Read = (text: string) => TimeParts | string | undefined

// RFC 3339, and what is like it: a space for the T, a comma for the point, no zone, no seconds.
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)[Tt _](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d{0,9})?)? ?([Zz]|[+-]\d\d(?::?\d\d)?)?$/

const NAMED: { readonly [name: string]: readonly Read[] } = {
  iso: [readIso],
  epoch: [text => readEpoch(text, 0)],
  'epoch-ms': [text => readEpoch(text, 3)],
  'epoch-us': [text => readEpoch(text, 6)],
  'epoch-ns': [text => readEpoch(text, 9)],
  syslog: [createStrptime('%b %e %H:%M:%S')],
  http: [createStrptime('%d/%b/%Y:%H:%M:%S %z')],
  auto: [
    readIso,
    createStrptime('%b %e %H:%M:%S'),
    createStrptime('%d/%b/%Y:%H:%M:%S %z'),
    createStrptime('%a, %d %b %Y %H:%M:%S %z'),
    createStrptime('%a, %d %b %Y %H:%M:%S %Z'),
    createStrptime('%Y/%m/%d %H:%M:%S'),
    readEpochBySize,
  ],
}

/** Throws RangeError for a format that is none. */
export function readTimeFormat(written: string): readonly Read[] {
  if (Object.hasOwn(NAMED, written)) return NAMED[written]!
  if (written.includes('%')) return [createStrptime(written)]
  throw new RangeError(
    `"${written}" is not one of ${Object.keys(NAMED).join(', ')}, and has no % as in %d/%b/%Y`,
  )
}

// Many lines have the same second; each of these is a time that was read.
const REMEMBERED = 256

export function createReadTime(formats: readonly string[], zone: Zone): ReadTime {
  const reads = formats.flatMap(readTimeFormat)
  const recent = new Map<string, string | undefined>()
  // A time without a year means another one half a year later.
  let day = 0
  return (text, received) => {
    const today = Math.floor(received / DAY)
    if (today !== day || recent.size === REMEMBERED) recent.clear()
    day = today
    let iso = recent.get(text)
    if (iso === undefined && !recent.has(text)) {
      iso = readAny(reads, text, zone, received)
      // Not a text of a stranger that may have any length.
      if (text.length <= 64) recent.set(text, iso)
    }
    return iso
  }
}

function readAny(reads: readonly Read[], text: string, zone: Zone, received: number): string | undefined {
  for (const read of reads) {
    const time = read(text)
    if (typeof time === 'string') return time
    if (time) return isoOf(time, zone, received)
  }
  return undefined
}

function readIso(text: string): TimeParts | undefined {
  const match = ISO.exec(text)
  if (!match) return undefined
  const [, year, month, day, hours, minutes, seconds, fraction, offset] = match
  return {
    year: Number(year),
    month: Number(month) - 1,
    day: Number(day),
    hours: Number(hours),
    minutes: Number(minutes),
    seconds: Number(seconds ?? 0),
    fraction: fraction ?? '',
    offset,
  }
}

/** Seconds have 10 digits from 2001 to 2286, and milliseconds 13. */
function readEpochBySize(text: string): string | undefined {
  const whole = /^\d+/.exec(text)?.[0].length
  const places = [10, 13, 16, 19].indexOf(whole ?? 0) * 3
  return places < 0 ? undefined : readEpoch(text, places)
}

function isoOf(time: TimeParts, zone: Zone, received: number): string | undefined {
  const { month, day, hours, minutes, seconds, fraction, offset } = time
  const year = time.year ?? nearestYear(zone.toWallClock(received), month, day, hours, minutes, seconds)
  if (year === undefined) return undefined
  const wallClock = wallClockOf({ ...time, year })
  const instant = offset === undefined ? zone.toInstant(wallClock) : wallClock - offsetOf(offset)
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return undefined
  const iso = date.toISOString()
  // A year outside of 0000 to 9999 has a sign in front, which no sink takes.
  if (/^[+-]/.test(iso)) return undefined
  return fraction.length > 3 ? `${iso.slice(0, 19)}.${fraction}Z` : iso
}
