// ISO 8601 where it is not the TIMESTAMP of RFC 5424 to the letter:
//
// | case                                               | what is done                                         |
// |----------------------------------------------------|------------------------------------------------------|
// | a space or `t` in the place of `T`                 | accepted                                             |
// | `2026/10/11`, `2026:10:11-22:14:15` (Sophos UTM)   | accepted                                             |
// | no zone                                            | that of the sender                                   |
// | `+0200`, ` +0200`, `+02`, `z`, letters, fractions  | see time-tail.ts                                     |
// | `10/11/2026`, `11.10.2026`                         | no TIMESTAMP: nobody knows which one is the month    |

import type { TimestampFormat } from './message.ts'
import type { Zone } from './timezone.ts'
import { createVariant, type WrittenDate } from './variant.ts'

const DATE = /(\d{4})([-/:])(\d\d)\2(\d\d)[Tt -](\d\d):(\d\d):(\d\d)/y

export function createIsoVariants(zone: Zone): TimestampFormat {
  return createVariant(DATE, toDate, zone)
}

function toDate(parts: RegExpExecArray): WrittenDate {
  const [year, month, day] = [Number(parts[1]), Number(parts[3]) - 1, Number(parts[4])]
  return { year, month, day, hours: Number(parts[5]), minutes: Number(parts[6]), seconds: Number(parts[7]) }
}
