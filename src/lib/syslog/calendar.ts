// What the ways of writing a time have in common.

export const MINUTE = 60_000
export const DAY = 86_400_000

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** @param month 0 to 11; any other has 0 days. */
export function daysInMonth(year: number, month: number): number {
  return month === 1 && isLeap(year) ? 29 : (DAYS_IN_MONTH[month] ?? 0)
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** Whether there is such a time of day. A leap second is written 60 (RFC 3339 section 5.6). */
export function isClockTime(hours: number, minutes: number, seconds: number): boolean {
  return hours <= 23 && minutes <= 59 && seconds <= 60
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
