// `2003-10-11T22:14:15.003Z`, the TIMESTAMP of RFC 5424 section 6.2.3, a profile of RFC 3339. rsyslog's
// RSYSLOG_ForwardFormat sends it in the place of the RFC 3164 one.
//
// | the RFC says                               | what is done                                           |
// |--------------------------------------------|--------------------------------------------------------|
// | upper case T and Z, an offset with a colon | else this is no TIMESTAMP                              |
// | TIME-SECFRAC has up to 6 digits            | up to 9 are kept in `@timestamp`, and filled up to 3   |
// | a leap second MUST NOT be sent             | 60 is the second after                                 |
// | years 0000 to 9999                         | in UTC as well, else the time is INVALID               |

import { daysInMonth, isClockTime, MINUTE } from './calendar.ts'
import type { TimestampFormat } from './message.ts'
import { ABSENT, behindAll, characterSet, DIGITS, INVALID, isFieldEnd, twoDigits } from './scan.ts'

const SECOND = /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/y
const OFFSET = /Z|([+-])(\d\d):(\d\d)/y
const SECOND_LENGTH = 'YYYY-MM-DDThh:mm:ss'.length
const OFFSET_LENGTH = '+hh:mm'.length
const DIGIT = characterSet(DIGITS)
const [DOT, UPPER_Z] = [0x2e, 0x5a]
const [MIN_FRACTION, MAX_FRACTION] = [3, 9]

/** A second seen lately with its offset: what is the same in a thousand messages is worked out once. */
interface Recent {
  second: string
  offset: string
  /** The same second in UTC. */
  utc: string
}

export function createRfc3339Timestamp(): TimestampFormat {
  // A slot for each last two digits: senders whose clocks differ do not displace each other.
  const slots = new Array<Recent | undefined>(100).fill(undefined)

  return (text, start, message) => {
    const fraction = start + SECOND_LENGTH
    const offset = text.charCodeAt(fraction) === DOT ? behindAll(DIGIT, text, fraction + 1) : fraction
    const end = offset + (text.charCodeAt(offset) === UPPER_Z ? 1 : OFFSET_LENGTH)
    if (offset === fraction + 1 || !isFieldEnd(text, end)) return ABSENT
    const slot = twoDigits(text, fraction - 2)
    let recent = slots[slot]
    if (recent === undefined || !isSame(recent, text, start, offset)) {
      SECOND.lastIndex = start
      OFFSET.lastIndex = offset
      const second = SECOND.exec(text)
      const zone = OFFSET.exec(text)
      if (second === null || zone === null) return ABSENT
      const utc = toUtc(second, zone)
      if (utc === undefined) return INVALID
      recent = { second: second[0], offset: zone[0], utc }
      slots[slot] = recent
    }
    message.timestamp = text.slice(start, end)
    message.time = `${recent.utc}.${fractionOf(text, fraction + 1, offset)}Z`
    return end
  }
}

function isSame(recent: Recent, text: string, start: number, offset: number): boolean {
  return text.startsWith(recent.second, start) && text.startsWith(recent.offset, offset)
}

/** The digits from `start` to `end`: at least 3, for a plain millisecond clock, and at most 9. */
function fractionOf(text: string, start: number, end: number): string {
  const digits = text.slice(start, Math.min(end, start + MAX_FRACTION))
  return digits.length < MIN_FRACTION ? digits.padEnd(MIN_FRACTION, '0') : digits
}

/** The second in UTC, `YYYY-MM-DDThh:mm:ss`; undefined if there is no such date or time of day. */
function toUtc([, ...second]: string[], [, sign, ...offset]: string[]): string | undefined {
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = second.map(Number)
  const [offsetHours = 0, offsetMinutes = 0] = sign === undefined ? [] : offset.map(Number)
  if (day < 1 || day > daysInMonth(year, month - 1)) return undefined
  if (!isClockTime(hours, minutes, seconds) || !isClockTime(offsetHours, offsetMinutes, 0)) return undefined
  const ahead = (offsetHours * 60 + offsetMinutes) * MINUTE * (sign === '-' ? -1 : 1)
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  const time = new Date(0)
  time.setUTCFullYear(year, month - 1, day)
  time.setUTCHours(hours, minutes, seconds)
  const utc = new Date(time.getTime() - ahead).toISOString()
  // A year outside of 0000 to 9999 has a sign in front.
  return utc.startsWith('-') || utc.startsWith('+') ? undefined : utc.slice(0, SECOND_LENGTH)
}
