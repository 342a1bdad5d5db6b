// ISO 8601 where it is not the TIMESTAMP of RFC 5424 to the letter:
//
// | case                                               | what is done                                         |
// |----------------------------------------------------|------------------------------------------------------|
// | a space or `t` in the place of `T`                 | accepted                                             |
// | `2026/10/11`, `2026:10:11-22:14:15` (Sophos UTM)   | accepted                                             |
// | no zone                                            | that of the sender                                   |
// | `+0200`, ` +0200`, `+02`, `z`, letters, fractions  | see time-tail.ts                                     |
// | `10/11/2026`, `11.10.2026`                         | no TIMESTAMP: nobody knows which one is the month    |

import { hoursOf } from './bsd-variants.ts'
import { instantOf, isoTime, isWritable } from './calendar.ts'
import type { TimestampFormat } from './message.ts'
import { ABSENT, INVALID } from './scan.ts'
import { readTimeTail } from './time-tail.ts'
import type { Zone } from './timezone.ts'

const DATE = /(\d{4})([-/:])(\d\d)\2(\d\d)[Tt -](\d\d):(\d\d):(\d\d)/y

export function createIsoVariants(zone: Zone): TimestampFormat {
  return (text, start, message) => {
    DATE.lastIndex = start
    const parts = DATE.exec(text)
    if (parts === null) return ABSENT
    const tail = readTimeTail(text, DATE.lastIndex, true)
    if (tail === undefined) return ABSENT
    const [year, month, day, hours, minutes, seconds] = [1, 3, 4, 5, 6, 7].map(n => Number(parts[n]))
    const clock = instantOf(year!, month! - 1, day!, hoursOf(hours!, tail), minutes!, seconds!)
    if (clock === undefined) return INVALID
    const second = tail.offset === undefined ? zone.toInstant(clock) : clock - tail.offset
    if (!isWritable(second)) return INVALID
    message.timestamp = text.slice(start, tail.end)
    message.time = isoTime(second, tail.digits)
    return tail.next
  }
}
