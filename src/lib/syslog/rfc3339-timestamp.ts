// `2003-10-11T22:14:15.003Z`, the TIMESTAMP of RFC 5424 section 6.2.3, a profile of RFC 3339. rsyslog's
// RSYSLOG_ForwardFormat sends it in the place of the RFC 3164 one.
//
// | the RFC says                               | what is done                                           |
// |--------------------------------------------|--------------------------------------------------------|
// | upper case T and Z, an offset with a colon | else this is no TIMESTAMP                              |
// | TIME-SECFRAC has up to 6 digits            | up to 9 are kept in `@timestamp`, and filled up to 3   |
// | a leap second MUST NOT be sent             | 60 is the second after                                 |
// | years 0000 to 9999                         | in UTC as well, else the time is INVALID               |

import { fraction, instantOf, isClockTime, isoSecond, isWritable, MINUTE } from './calendar.ts'
import type { TimestampFormat } from './message.ts'
import { ABSENT, behindAll, characterSet, DIGITS, invalidUntil, isFieldEnd, twoDigits } from './scan.ts'

const SECOND = /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/y
const OFFSET = /Z|([+-])(\d\d):(\d\d)/y
const SECOND_LENGTH = 'YYYY-MM-DDThh:mm:ss'.length
const OFFSET_LENGTH = '+hh:mm'.length
const DIGIT = characterSet(DIGITS)
const [DOT, UPPER_Z] = [0x2e, 0x5a]

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
    const dot = start + SECOND_LENGTH
    const offset = text.charCodeAt(dot) === DOT ? behindAll(DIGIT, text, dot + 1) : dot
    const end = offset + (text.charCodeAt(offset) === UPPER_Z ? 1 : OFFSET_LENGTH)
    if (offset === dot + 1 || !isFieldEnd(text, end)) return ABSENT
    const slot = twoDigits(text, dot - 2)
    let recent = slots[slot]
    if (recent === undefined || !isSame(recent, text, start, offset)) {
      SECOND.lastIndex = start
      OFFSET.lastIndex = offset
      const second = SECOND.exec(text)
      const zone = OFFSET.exec(text)
      if (second === null || zone === null) return ABSENT
      const utc = toUtc(second, zone)
      if (utc === undefined) return invalidUntil(end)
      recent = { second: second[0], offset: zone[0], utc }
      slots[slot] = recent
    }
    message.timestamp = text.slice(start, end)
    message.time = `${recent.utc}.${fraction(text.slice(dot + 1, offset))}Z`
    return end
  }
}

function isSame(recent: Recent, text: string, start: number, offset: number): boolean {
  return text.startsWith(recent.second, start) && text.startsWith(recent.offset, offset)
}

/** The second in UTC, `YYYY-MM-DDThh:mm:ss`; undefined if there is no such date or time of day. */
function toUtc([, ...second]: string[], [, sign, ...offset]: string[]): string | undefined {
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = second.map(Number)
  const [offsetHours = 0, offsetMinutes = 0] = sign === undefined ? [] : offset.map(Number)
  const wallClock = instantOf(year, month - 1, day, hours, minutes, seconds)
  if (wallClock === undefined || !isClockTime(offsetHours, offsetMinutes, 0)) return undefined
  const ahead = (offsetHours * 60 + offsetMinutes) * MINUTE * (sign === '-' ? -1 : 1)
  const instant = wallClock - ahead
  return isWritable(instant) ? isoSecond(instant) : undefined
}
