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

import { MONTH_NUMBERS } from './calendar.ts'
import type { TimestampFormat } from './message.ts'
import type { Zone } from './timezone.ts'
import { createVariant, type WrittenDate } from './variant.ts'

const DATE =
  /(?:((?:19[7-9]|20\d)\d) )?(?:(?:sun|mon|tue|wed|thu|fri|sat)[a-z]{0,6},? )?([a-z]{3,9})\.? {1,2}(\d\d?)(?:,? ((?:19[7-9]|20\d)\d))? {1,2}(\d\d?):(\d\d):(\d\d)/iy

/** @param isDevice whether Cisco's parts stand in front of the time */
export function createBsdVariants(zone: Zone, isDevice = false): TimestampFormat {
  return createVariant(DATE, toDate, zone, isDevice)
}

function toDate(parts: RegExpExecArray): WrittenDate | undefined {
  const month = MONTH_NUMBERS.get(parts[2]!.toLowerCase())
  if (month === undefined) return undefined
  const year = parts[1] ?? parts[4]
  const [day, hours, minutes, seconds] = [
    Number(parts[3]),
    Number(parts[5]),
    Number(parts[6]),
    Number(parts[7]),
  ]
  return { year: year === undefined ? undefined : Number(year), month, day, hours, minutes, seconds }
}
