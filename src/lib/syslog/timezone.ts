// The zone of senders that state none: the TIMESTAMP of RFC 3164 is what a clock on the wall shows.

import { tzOffset } from '@date-fns/tz/tzOffset'
import { DAY, MINUTE } from './calendar.ts'

/** Times are epoch milliseconds; a wall-clock time is written as if it were UTC. */
export interface Zone {
  toWallClock(instant: number): number
  /**
   * In a gap (clocks go forward) the offset before it holds, so that 02:30 is 03:30; in an overlap (clocks go
   * back) the first of the two times is meant. So do `new Date(…)`, and `compatible` in Temporal.
   */
  toInstant(wallClock: number): number
}

const QUARTER_HOUR = 15 * MINUTE

/**
 * @param timezone an IANA name, `UTC`, `local`, or an offset such as `+02:00`
 * @throws RangeError for anything else
 */
export function createZone(timezone: string): Zone {
  const offset = fixedOffset(timezone)
  if (offset !== undefined) {
    return { toWallClock: instant => instant + offset, toInstant: wallClock => wallClock - offset }
  }
  // Whoever needs no zone needs no Intl either, which costs 1.7 MB from its first use on.
  const offsetAt = createOffsets(timezone === 'local' ? localZone : constant(known(timezone)))
  return {
    toWallClock: instant => instant + offsetAt(instant),
    toInstant(wallClock) {
      const first = wallClock - offsetAt(wallClock - DAY)
      if (first + offsetAt(first) === wallClock) return first
      const second = wallClock - offsetAt(wallClock + DAY)
      return second + offsetAt(second) === wallClock ? second : first
    },
  }
}

const OFFSET = /^([+-])([01]\d|2[0-3])(?::?([0-5]\d))?$/

function fixedOffset(timezone: string): number | undefined {
  if (timezone === 'UTC') return 0
  const [, sign, hours, minutes = '0'] = OFFSET.exec(timezone) ?? []
  if (hours === undefined) return undefined
  const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE
  return sign === '-' ? -offset : offset
}

/** The zone of this process. Where TZ names none that is known it runs in UTC, as the C library does. */
function localZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  return timeZone === undefined || timeZone === 'Etc/Unknown' ? 'UTC' : timeZone
}

function constant(timezone: string): () => string {
  return () => timezone
}

// tzOffset itself takes 'nonsense+05' for +05.
function known(timezone: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
    return timezone
  } catch {
    throw new RangeError(
      `"${timezone}" is not a time zone; write for example Europe/Berlin, UTC, local or +02:00`,
    )
  }
}

// tzOffset formats a date, which takes 2 µs, and where each message has a new time (old logs, sent again)
// three of them a message: 6 µs, and 1.5 with the last ones kept. Offsets change on quarter hours, so each
// quarter hour has a slot; toInstant looks up to a day back and forth, 96 of them, which must not displace
// each other.
const SLOTS = 256

function createOffsets(zone: () => string): (instant: number) => number {
  let timezone: string | undefined
  const quarters = new Float64Array(SLOTS).fill(Number.NaN)
  const offsets = new Float64Array(SLOTS)
  return instant => {
    const quarter = Math.floor(instant / QUARTER_HOUR)
    const slot = quarter & (SLOTS - 1)
    if (quarters[slot] !== quarter) {
      timezone ??= zone()
      quarters[slot] = quarter
      offsets[slot] = tzOffset(timezone, new Date(instant)) * MINUTE
    }
    return offsets[slot]!
  }
}
