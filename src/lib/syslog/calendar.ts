// What the ways of writing a time have in common.

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 86_400_000

/** A time without a year means the same year at every reception less than this away from what it meant: other years are 365
 * days away or more, and an hour or two of summer time does not make up for the difference. */
export const SAME_YEAR = 182 * DAY

const LONG_MONTHS =
  'January February March April May June July August September October November December'.split(' ')
/** `Jan` to `Dec`, as RFC 3164 and RFC 3339 write them. */
export const MONTHS = LONG_MONTHS.map(name => name.slice(0, 3))

/** 0 to 11 for a name of a month in lower case, whole or of three letters. */
export const MONTH_NUMBERS: ReadonlyMap<string, number> = new Map([
  ...[...LONG_MONTHS, ...MONTHS].map((name, n): [string, number] => [name.toLowerCase(), n % 12]),
  ['sept', 8],
])

const FEBRUARY = 1
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** @param month 0 to 11; any other has 0 days. */
export function daysInMonth(year: number, month: number): number {
  return month === FEBRUARY && isLeap(year) ? 29 : (DAYS_IN_MONTH[month] ?? 0)
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** Whether there is such a time of day. A leap second is written 60 (RFC 3339 section 5.6). */
export function isClockTime(hours: number, minutes: number, seconds: number): boolean {
  return hours <= 23 && minutes <= 59 && seconds <= 60
}

/** The second of an instant in ISO 8601, UTC, without the `Z`. */
export function isoSecond(instant: number): string {
  return new Date(instant).toISOString().slice(0, SECOND_LENGTH)
}

const SECOND_LENGTH = 'YYYY-MM-DDThh:mm:ss'.length
const [MIN_FRACTION, MAX_FRACTION] = [3, 9]

/** The digits of a fraction: at least 3, for a plain millisecond clock, and at most 9. */
export function fraction(digits: string): string {
  return digits.length < MIN_FRACTION ? digits.padEnd(MIN_FRACTION, '0') : digits.slice(0, MAX_FRACTION)
}

/** Whether `isoSecond` can write it: the years 0000 to 9999. */
export function isWritable(instant: number): boolean {
  return instant >= FIRST && instant <= LAST
}

const FIRST = Date.parse('0000-01-01T00:00:00Z')
const LAST = Date.parse('9999-12-31T23:59:59Z')

/** Epoch ms of a date and a time of day in UTC; undefined if there is no such one. Months are 0 to 11. */
export function instantOf(
  year: number,
  month: number,
  day: number,
  hours: number,
  minutes: number,
  seconds: number,
): number | undefined {
  if (day < 1 || day > daysInMonth(year, month) || !isClockTime(hours, minutes, seconds)) return undefined
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  const time = new Date(0)
  time.setUTCFullYear(year, month, day)
  return time.setUTCHours(hours, minutes, seconds)
}

/**
 * The year in which a time without one is nearest to `now`, on the clock as well; in the future too, for clocks of
 * senders go wrong. Midway between two, the earlier. Undefined if there is no such time in any.
 */
export function nearestYear(
  now: number,
  month: number,
  day: number,
  hours: number,
  minutes: number,
  seconds: number,
): number | undefined {
  const year = new Date(now).getUTCFullYear()
  // Leap years are up to 8 years apart (2096, 2104), so the nearest is at most 4 away.
  const reach = month === FEBRUARY && day === 29 ? 4 : 1
  let nearest: number | undefined
  let distance = Number.POSITIVE_INFINITY
  for (let candidate = year - reach; candidate <= year + reach; candidate++) {
    if (day > daysInMonth(candidate, month)) continue
    const away = Math.abs(Date.UTC(candidate, month, day, hours, minutes, seconds) - now)
    if (away < distance) [nearest, distance] = [candidate, away]
  }
  return nearest
}

/** That time, in the year where it is nearest to `now`; undefined if there is no such time. */
export function nearestInstant(
  now: number,
  ...parts: [month: number, day: number, hours: number, minutes: number, seconds: number]
): number | undefined {
  const year = nearestYear(now, ...parts)
  return year === undefined ? undefined : instantOf(year, ...parts)
}

/**
 * Formats epoch ms as ISO 8601, UTC. It keeps its last answer: a batch is received at once, and formatting
 * takes longer than all the rest of a message.
 */
export function createIsoFormat(): (instant: number) => string {
  let last = 0
  let iso = new Date(0).toISOString()
  return instant => {
    if (instant !== last) {
      iso = new Date(instant).toISOString()
      last = instant
    }
    return iso
  }
}
