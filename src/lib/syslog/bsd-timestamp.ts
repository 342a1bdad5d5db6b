// `Mmm dd hh:mm:ss`, the TIMESTAMP of RFC 3164 section 4.1.2: local time, no year, no zone.
//
// | the RFC says                       | what is done                                                    |
// |------------------------------------|-----------------------------------------------------------------|
// | a space in front of a day below 10 | a zero is accepted as well                                      |
// | the time is local                  | it is in the zone that the user names                           |
// | nothing of a year                  | the year that puts it nearest to the reception, on the clock of |
// |                                    | that zone; in the future too, for clocks of senders go wrong;   |
// |                                    | midway between two, the earlier; 29 Feb, the nearest leap year  |
// | a space follows                    | or the end of the text; else this is no TIMESTAMP               |

import { isWritable, MONTHS, nearestInstant, SAME_YEAR } from './calendar.ts'
import type { TimestampFormat } from './message.ts'
import { ABSENT, invalidUntil, isFieldEnd, twoDigits } from './scan.ts'
import type { Zone } from './timezone.ts'

const FORMAT = /([A-Z][a-z][a-z]) ([ \d]\d) (\d\d):(\d\d):(\d\d)/y
const LENGTH = 'Mmm dd hh:mm:ss'.length

/** A TIMESTAMP seen lately: what is the same in a thousand messages is worked out once. */
interface Recent {
  text: string
  instant: number
  iso: string
}

export function createBsdTimestamp(zone: Zone): TimestampFormat {
  // A slot for each last two digits, the seconds: senders whose clocks differ do not displace each other.
  const slots = new Array<Recent | undefined>(100).fill(undefined)

  return (text, start, message) => {
    const end = start + LENGTH
    if (!isFieldEnd(text, end)) return ABSENT
    const slot = twoDigits(text, end - 2)
    let recent = slots[slot]
    if (recent === undefined || !isSame(recent, text, start, message.received)) {
      FORMAT.lastIndex = start
      const parts = FORMAT.exec(text)
      const month = parts === null ? -1 : MONTHS.indexOf(parts[1]!)
      if (month < 0) return ABSENT
      const instant = toInstant(parts!, month, zone, message.received)
      if (instant === undefined) return invalidUntil(end)
      recent = { text: parts![0], instant, iso: new Date(instant).toISOString() }
      slots[slot] = recent
    }
    message.timestamp = recent.text
    message.time = recent.iso
    return end
  }
}

function isSame(recent: Recent, text: string, start: number, received: number): boolean {
  return Math.abs(received - recent.instant) < SAME_YEAR && text.startsWith(recent.text, start)
}

/** Undefined if there is no such time. */
function toInstant(
  [, , dd, hh, mm, ss]: string[],
  month: number,
  zone: Zone,
  received: number,
): number | undefined {
  const now = zone.toWallClock(received)
  const wallClock = nearestInstant(now, month, Number(dd), Number(hh), Number(mm), Number(ss))
  if (wallClock === undefined) return undefined
  const instant = zone.toInstant(wallClock)
  return isWritable(instant) ? instant : undefined
}
