// TIMESTAMP: the ways of writing it, tried in order.

import { createBsdTimestamp } from './bsd-timestamp.ts'
import type { TimestampFormat } from './message.ts'
import { createRfc3339Timestamp } from './rfc3339-timestamp.ts'
import { ABSENT } from './scan.ts'
import type { Zone } from './timezone.ts'

export interface TimestampFormats {
  /** What RFC 5424 asks for. */
  rfc5424: TimestampFormat
  /** What may stand where RFC 3164 has its TIMESTAMP. */
  rfc3164: TimestampFormat
}

/** Another way of writing the time is one more entry in a list. */
export function createTimestampFormats(zone: Zone): TimestampFormats {
  const rfc3339 = createRfc3339Timestamp()
  return { rfc5424: rfc3339, rfc3164: firstOf([createBsdTimestamp(zone), rfc3339]) }
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
