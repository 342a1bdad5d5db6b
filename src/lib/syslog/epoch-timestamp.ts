// Seconds since 1970, in the place of a TIMESTAMP: Cisco Meraki sends `1791756855.123456789`.
//
// | case                                       | what is done                                                   |
// |--------------------------------------------|----------------------------------------------------------------|
// | 10, 13, 16 or 19 digits                    | seconds; with three, six or nine more, parts of it             |
// | a fraction behind any of them              | more digits of it                                              |
// | more than ten years from the reception     | no time: `1234567890 calls` is a number                        |

import { DAY, fraction, isoSecond } from './calendar.ts'
import type { TimestampFormat } from './message.ts'
import { ABSENT, behindAll, COLON, characterSet, DIGITS, isFieldEnd } from './scan.ts'

const DIGIT = characterSet(DIGITS)
const LENGTHS = [10, 13, 16, 19]
const SECONDS = 10
const LONGEST = 19
const FAR = 3653 * DAY
const DOT = 0x2e

export const readEpochTimestamp: TimestampFormat = (text, start, message) => {
  const whole = behindAll(DIGIT, text, start, LONGEST + 1)
  if (!LENGTHS.includes(whole - start)) return ABSENT
  const end = text.charCodeAt(whole) === DOT ? behindAll(DIGIT, text, whole + 1) : whole
  const next = text.charCodeAt(end) === COLON ? end + 1 : end
  if (!isFieldEnd(text, next)) return ABSENT
  const second = Number(text.slice(start, start + SECONDS)) * 1000
  if (Math.abs(second - message.received) > FAR) return ABSENT
  message.timestamp = text.slice(start, end)
  const digits = text.slice(start + SECONDS, whole) + text.slice(whole + 1, end)
  message.time = `${isoSecond(second)}.${fraction(digits)}Z`
  return next
}
