// `Oct 11 22:14:15` as devices write it, where it is not the TIMESTAMP of RFC 3164 to the letter:
//
// | case                                          | what is done                                              |
// |-----------------------------------------------|-----------------------------------------------------------|
// | a day of one digit, one or two spaces         | accepted                                                  |
// | `OCT`, `October`, `Sept`                      | the month; in any case of the letters                     |
// | `2026 Oct 11` (NX-OS), `Oct 11 2026` (ASA),   | the year, and no other                                    |
// | `Oct 11 22:14:15 2026` (Linksys, Aruba)       |                                                           |
// | `Sun Oct 11 22:14:15 2026` (date(1), ctime)   | the day of the week says nothing new                      |
// | fractions, zones, a colon                     | see time-tail.ts                                          |
// | no zone                                       | that of the sender                                        |

import { nearestYear } from './bsd-timestamp.ts'
import { instantOf, isoTime, isWritable } from './calendar.ts'
import type { SyslogMessage, TimestampFormat } from './message.ts'
import { ABSENT, INVALID } from './scan.ts'
import { readTimeTail, type TimeTail } from './time-tail.ts'
import type { Zone } from './timezone.ts'

const DATE =
  /(?:((?:19[7-9]|20\d)\d) )?(?:(?:sun|mon|tue|wed|thu|fri|sat)[a-z]{0,6},? )?([a-z]{3,9})\.? {1,2}(\d\d?)(?:,? ((?:19[7-9]|20\d)\d))? {1,2}(\d\d?):(\d\d):(\d\d)/iy
const NAMES = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july'],
  ...['august', 'september', 'october', 'november', 'december'],
]
const MONTHS = new Map(NAMES.flatMap((name, n) => [name, name.slice(0, 3)].map(word => [word, n] as const)))
MONTHS.set('sept', 8)

export function createBsdVariants(zone: Zone): TimestampFormat {
  return (text, start, message) => {
    DATE.lastIndex = start
    const parts = DATE.exec(text)
    if (parts === null) return ABSENT
    const month = MONTHS.get(parts[2]!.toLowerCase())
    if (month === undefined) return ABSENT
    const written = parts[1] ?? parts[4]
    const tail = readTimeTail(text, DATE.lastIndex, written !== undefined)
    if (tail === undefined) return ABSENT
    const year = written === undefined ? tail.year : Number(written)
    const [day, hours, minutes, seconds] = [parts[3], parts[5], parts[6], parts[7]].map(Number)
    const second = toInstant(
      [month, day!, hoursOf(hours!, tail), minutes!, seconds!],
      year,
      tail,
      zone,
      message,
    )
    if (second === undefined || !isWritable(second)) return INVALID
    message.timestamp = text.slice(start, tail.end)
    message.time = isoTime(second, tail.digits)
    return tail.next
  }
}

/** Of a clock of twelve hours, 12 is the first. */
export function hoursOf(hours: number, { afternoon }: TimeTail): number {
  return afternoon === undefined ? hours : (hours % 12) + (afternoon ? 12 : 0)
}

type Parts = [month: number, day: number, hours: number, minutes: number, seconds: number]

function toInstant(
  parts: Parts,
  year: number | undefined,
  { offset }: TimeTail,
  zone: Zone,
  { received }: SyslogMessage,
): number | undefined {
  const now = offset === undefined ? zone.toWallClock(received) : received + offset
  const wallClock = year === undefined ? nearestYear(parts, now) : instantOf(year, ...parts)
  if (wallClock === undefined) return undefined
  return offset === undefined ? zone.toInstant(wallClock) : wallClock - offset
}
