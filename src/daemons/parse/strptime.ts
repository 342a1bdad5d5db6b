// Times by a pattern as strptime(3) has it: `%d/%b/%Y:%H:%M:%S %z`.
//
// d3-time-format, the usual package for it, takes February 31 for March 3 and keeps no more than milliseconds.

import { daysInMonth, isClockTime } from '../../lib/syslog/calendar.ts'
import type { WrittenDate } from '../../lib/syslog/variant.ts'

/** Without a year the nearest is meant. */
export interface TimeParts extends WrittenDate {
  /** Digits behind the point. */
  fraction: string
  /** `Z`, `+0200`, `+02:00`, `+02`; undefined where none is written. */
  offset: string | undefined
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

// Each has a bounded length, so that none of them takes more than linear time.
const MONTH = `(${MONTHS.join('|')})[a-z]{0,6}`
const WEEKDAY = '((?:sun|mon|tue|wed|thu|fri|sat)[a-z]{0,6})'
const TWO = '( ?\\d{1,2})'

const DIRECTIVES: { readonly [letter: string]: string } = {
  Y: '(\\d{4})',
  y: '(\\d\\d)',
  m: TWO,
  d: TWO,
  e: TWO,
  H: TWO,
  I: TWO,
  k: TWO,
  l: TWO,
  M: '(\\d{1,2})',
  S: '(\\d{1,2})',
  f: '(\\d{1,9})',
  j: '(\\d{1,3})',
  p: '(am|pm)',
  b: MONTH,
  h: MONTH,
  B: MONTH,
  a: WEEKDAY,
  A: WEEKDAY,
  z: '(Z|[+-]\\d\\d(?::?\\d\\d)?)',
  Z: '(Z|UTC|GMT)',
  s: '(\\d{1,12})',
}

const SHORT: { readonly [letter: string]: string } = {
  T: '%H:%M:%S',
  F: '%Y-%m-%d',
  D: '%m/%d/%y',
  R: '%H:%M',
}

/** Reads what is written as the pattern says. @throws RangeError for a pattern with an unknown directive */
export function createStrptime(pattern: string): (text: string) => TimeParts | undefined {
  const letters: string[] = []
  const whole = pattern.replace(/%([TFDR])/g, (_, letter: string) => SHORT[letter]!)
  const source = whole.replace(/%(.)|%$|[\s]+|[^%\s]/g, (part, letter?: string) => {
    if (/^\s/.test(part) || letter === 'n' || letter === 't') return '\\s+'
    if (part[0] !== '%') return part.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
    if (letter === '%') return '%'
    const directive = letter === undefined ? undefined : DIRECTIVES[letter]
    if (directive === undefined) throw new RangeError(`"${pattern}": ${part} is not known`)
    letters.push(letter!)
    return directive
  })
  checkDay(pattern, letters)
  const expression = new RegExp(`^${source.replace(/(?:\\s\+)+/g, '\\s+')}$`, 'i')
  return text => {
    const values = expression.exec(text)
    return values ? partsOf(letters, values) : undefined
  }
}

/** A time of a day that it does not state would be one of January 1. */
function checkDay(pattern: string, letters: readonly string[]): void {
  const has = (some: string) => letters.some(letter => some.includes(letter))
  if (has('js') || (has('de') && has('mbhB'))) return
  if (has('deHIklMSf'))
    throw new RangeError(`"${pattern}" says no day; a time needs %d and %m (or %b), %j or %s`)
}

function partsOf(letters: readonly string[], values: readonly string[]): TimeParts | undefined {
  const time = {
    year: undefined,
    month: 0,
    day: 1,
    hours: 0,
    minutes: 0,
    seconds: 0,
    fraction: '',
    offset: undefined,
  }
  const found: Found = { time, afternoon: undefined, dayOfYear: undefined }
  letters.forEach((letter, n) => {
    SETTERS[letter]?.(found, values[n + 1]!)
  })
  if (found.dayOfYear !== undefined) setDayOfYear(found.time, found.dayOfYear)
  if (found.afternoon !== undefined) found.time.hours = (found.time.hours % 12) + (found.afternoon ? 12 : 0)
  return found.time
}

interface Found {
  time: TimeParts
  afternoon: boolean | undefined
  dayOfYear: number | undefined
}

type Setter = (found: Found, value: string) => void

const number =
  (key: 'year' | 'day' | 'hours' | 'minutes' | 'seconds'): Setter =>
  ({ time }, value) => {
    time[key] = Number(value)
  }
const month: Setter = ({ time }, value) => {
  time.month = MONTHS.indexOf(value.toLowerCase())
}
const offset: Setter = ({ time }, value) => {
  time.offset = /^[+-]/.test(value) ? value : 'Z'
}

const SETTERS: { readonly [letter: string]: Setter } = {
  Y: number('year'),
  // POSIX: 69 to 99 are of the last century.
  y: ({ time }, value) => {
    time.year = Number(value) + (Number(value) < 69 ? 2000 : 1900)
  },
  m: ({ time }, value) => {
    time.month = Number(value) - 1
  },
  d: number('day'),
  e: number('day'),
  H: number('hours'),
  I: number('hours'),
  k: number('hours'),
  l: number('hours'),
  M: number('minutes'),
  S: number('seconds'),
  f: ({ time }, value) => {
    time.fraction = value
  },
  j: (found, value) => {
    found.dayOfYear = Number(value)
  },
  p: (found, value) => {
    found.afternoon = value.toLowerCase() === 'pm'
  },
  b: month,
  h: month,
  B: month,
  z: offset,
  Z: offset,
  s: ({ time }, value) => {
    const date = new Date(Number(value) * 1000)
    Object.assign(time, {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth(),
      day: date.getUTCDate(),
      hours: date.getUTCHours(),
      minutes: date.getUTCMinutes(),
      seconds: date.getUTCSeconds(),
      offset: 'Z',
    })
  },
}

function setDayOfYear(time: TimeParts, day: number): void {
  const date = new Date(Date.UTC(time.year ?? 1970, 0, day))
  time.month = date.getUTCMonth()
  time.day = date.getUTCDate()
}

const OFFSET = /^([+-])(\d\d):?(\d\d)?$/

/** Milliseconds; NaN for one that there is not. */
export function offsetOf(written: string): number {
  const [, sign, hours, minutes = '0'] = OFFSET.exec(written) ?? []
  if (hours === undefined) return 0
  if (!isClockTime(Number(hours), Number(minutes), 0)) return Number.NaN
  return (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1)
}

/** As if it were UTC, epoch milliseconds; NaN if there is no such time. */
export function wallClockOf(time: TimeParts & { year: number }): number {
  const { year, month, day, hours, minutes, seconds, fraction } = time
  if (day < 1 || day > daysInMonth(year, month) || !isClockTime(hours, minutes, seconds)) return Number.NaN
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  return date.setUTCHours(hours, minutes, seconds, Number(fraction.slice(0, 3).padEnd(3, '0')))
}
