// Another way of writing a date and a time of day, with what devices put behind it (time-tail.ts). What is the same in
// many messages is worked out once: the devices of a site tell much the same second.

import { fraction, instantOf, isoSecond, isWritable, nearestInstant, SAME_YEAR } from './calendar.ts'
import type { TimestampFormat } from './message.ts'
import { ABSENT, invalidUntil } from './scan.ts'
import { readTimeTail, type TimeTail } from './time-tail.ts'
import type { Zone } from './timezone.ts'

export interface WrittenDate {
  year: number | undefined
  /** 0 to 11. */
  month: number
  day: number
  hours: number
  minutes: number
  seconds: number
}

/** A time seen lately. */
interface Recent {
  /** The date and the time of day, without fraction and zone. */
  text: string
  date: WrittenDate
  tail: TimeTail
  instant: number
  /** The same, in UTC. */
  iso: string
}

const REMEMBERED = 4

/**
 * @param pattern sticky; matches the date and the time of day up to the seconds
 * @param toDate undefined: it is another form after all
 * @param isDevice whether Cisco's parts stand in front of the time
 */
export function createVariant(
  pattern: RegExp,
  toDate: (parts: RegExpExecArray) => WrittenDate | undefined,
  zone: Zone,
  isDevice = false,
): TimestampFormat {
  const recents: Recent[] = []
  let oldest = 0

  return (text, start, message) => {
    let recent = recents.find(({ text: date }) => text.startsWith(date, start))
    let written = recent
    if (written === undefined) {
      pattern.lastIndex = start
      const parts = pattern.exec(text)
      const date = parts === null ? undefined : toDate(parts)
      if (date === undefined) return ABSENT
      written = { text: parts![0], date } as Recent
    }
    const { date } = written
    const tail = readTimeTail(text, start + written.text.length, date.year !== undefined, isDevice)
    if (tail === undefined) return ABSENT
    if (recent === undefined || !isSame(recent, tail, message.received)) {
      const instant = toInstant(date, tail, zone, message.received)
      if (instant === undefined || !isWritable(instant)) return invalidUntil(tail.next)
      recent = { text: written.text, date, tail, instant, iso: isoSecond(instant) }
      recents[oldest] = recent
      oldest = (oldest + 1) % REMEMBERED
    }
    message.timestamp = text.slice(start, tail.end)
    message.time = `${recent.iso}.${fraction(tail.digits)}Z`
    return tail.next
  }
}

function isSame(
  { date, tail, instant }: Recent,
  { year, offset, afternoon }: TimeTail,
  received: number,
): boolean {
  if (tail.year !== year || tail.offset !== offset || tail.afternoon !== afternoon) return false
  return (date.year ?? year) !== undefined || Math.abs(received - instant) < SAME_YEAR
}

function toInstant(date: WrittenDate, tail: TimeTail, zone: Zone, received: number): number | undefined {
  const { month, day, minutes, seconds } = date
  const year = date.year ?? tail.year
  const { offset } = tail
  const hours = hoursOf(date.hours, tail)
  const now = offset === undefined ? zone.toWallClock(received) : received + offset
  const wallClock =
    year === undefined
      ? nearestInstant(now, month, day, hours, minutes, seconds)
      : instantOf(year, month, day, hours, minutes, seconds)
  if (wallClock === undefined) return undefined
  return offset === undefined ? zone.toInstant(wallClock) : wallClock - offset
}

/** Of a clock of twelve hours, 12 is the first; what is above is that of the whole day all the same. */
function hoursOf(hours: number, { afternoon }: TimeTail): number {
  return afternoon === undefined || hours > 12 ? hours : (hours % 12) + (afternoon ? 12 : 0)
}
