// TIMESTAMP: the ways of writing it, tried in order.

import { createBsdTimestamp } from './bsd-timestamp.ts'
import { createBsdVariants } from './bsd-variants.ts'
import { MONTHS } from './calendar.ts'
import { readEpochTimestamp } from './epoch-timestamp.ts'
import { createIsoVariants } from './iso-variants.ts'
import type { TimestampFormat } from './message.ts'
import { createRfc3339Timestamp } from './rfc3339-timestamp.ts'
import { ABSENT, beginningsOf, beginsAs, endOfInvalid, isDigit } from './scan.ts'
import { mayGoOn } from './time-tail.ts'
import type { Zone } from './timezone.ts'

export interface TimestampFormats {
  /** What RFC 5424 asks for, and what devices make of it. */
  rfc5424: TimestampFormat
  /** What the two RFCs ask for, either of which may stand where RFC 3164 has its TIMESTAMP. */
  usual: TimestampFormat
  /** What devices write in that place. */
  unusual: TimestampFormat
  /** The usual or the unusual. */
  any: TimestampFormat
  /** What Cisco's devices write behind parts of their own. */
  device: TimestampFormat
}

/** Another way of writing the time is one more entry in a list: by whether it begins with a digit, and as what is tried last. */
export function createTimestampFormats(zone: Zone): TimestampFormats {
  const rfc3339 = createRfc3339Timestamp()
  const iso = createIsoVariants(zone)
  const withBsd = (bsd: TimestampFormat) =>
    byFirst({ digit: firstOf([iso, readEpochTimestamp, bsd]), letter: bsd })
  const unusual = withBsd(createBsdVariants(zone))
  const usual = whole(firstOf([createBsdTimestamp(zone), rfc3339]), unusual)
  return {
    rfc5424: firstOf([rfc3339, iso]),
    usual,
    unusual,
    any: firstOf([usual, unusual]),
    device: withBsd(createBsdVariants(zone, true)),
  }
}

/** `Oct 11 22:14:15` may be the beginning of a longer time, with a year or a zone behind it. */
function whole(usual: TimestampFormat, unusual: TimestampFormat): TimestampFormat {
  return (text, start, message) => {
    const end = usual(text, start, message)
    if (end === ABSENT || !mayGoOn(text, (end < 0 ? endOfInvalid(end) : end) + 1)) return end
    const later = unusual(text, start, message)
    return later === ABSENT ? end : later
  }
}

function firstOf(formats: TimestampFormat[]): TimestampFormat {
  return (text, start, message) => {
    for (const read of formats) {
      const end = read(text, start, message)
      if (end !== ABSENT) return end
    }
    return ABSENT
  }
}

/** Most texts that are asked for their time have none: a look at the first letters saves all other looks. */
function byFirst({ digit, letter }: { digit: TimestampFormat; letter: TimestampFormat }): TimestampFormat {
  return (text, start, message) => {
    if (isDigit(text.charCodeAt(start))) return digit(text, start, message)
    return beginsAs(DATES, text, start) ? letter(text, start, message) : ABSENT
  }
}

/** Months and days of the week. */
const DATES = beginningsOf([...MONTHS, ...'Sun Mon Tue Wed Thu Fri Sat'.split(' ')])
