// Takes a datagram or a line apart: PRI, then the protocol that the characters behind it tell.
//
// | PRI (RFC 3164 section 4.1.1)      | what is done                                                      |
// |-----------------------------------|-------------------------------------------------------------------|
// | 0 to 191                          | kept, whatever becomes of the rest                                |
// | `<034>`, zeros that MUST NOT be   | taken for what the digits say, as in rsyslog; so is `<00>`, which |
// |                                   | section 4.3.3 calls unidentifiable                                |
// | above 191, no `>`, a fourth digit | bad-pri: nothing of the rest is read (section 4.3.3)              |
// | no `<` and digit                  | see rfc3164.ts                                                    |
//
// No text is dropped: with an error, `content` is all of it. What ends the datagram (LF, CR LF and NUL, any
// number) is no part of the text.

import { createMessage, type ParseError, type SyslogMessage } from './message.ts'
import { readPriority } from './priority.ts'
import { readRfc3164 } from './rfc3164.ts'
import { isRfc5424, readRfc5424 } from './rfc5424.ts'
import { ABSENT, INVALID } from './scan.ts'
import { createTimestampFormats, type TimestampFormats } from './timestamp.ts'
import type { Zone } from './timezone.ts'

/** @param received epoch milliseconds */
export type Parse = (datagram: string, received: number) => SyslogMessage

export function createParse(zone: Zone): Parse {
  const formats = createTimestampFormats(zone)
  return (datagram, received) => {
    const text = trimEnd(datagram)
    const message = createMessage(text, received)
    const error = read(text, message, formats)
    if (error !== undefined) {
      message.error = error
      message.content = text
    }
    return message
  }
}

function read(text: string, message: SyslogMessage, formats: TimestampFormats): ParseError | undefined {
  if (text === '') return 'empty'
  const priorityEnd = readPriority(text, message)
  if (priorityEnd === INVALID) return 'bad-pri'
  if (priorityEnd === ABSENT) return readRfc3164(text, 0, message, formats.rfc3164)
  return isRfc5424(text, priorityEnd)
    ? readRfc5424(text, priorityEnd, message, formats.rfc5424)
    : readRfc3164(text, priorityEnd, message, formats.rfc3164)
}

const [LF, CR, NUL] = [0x0a, 0x0d, 0x00]

function trimEnd(datagram: string): string {
  let end = datagram.length
  for (;;) {
    const last = datagram.charCodeAt(end - 1)
    if (last === LF) end -= datagram.charCodeAt(end - 2) === CR ? 2 : 1
    else if (last === NUL) end--
    else return end === datagram.length ? datagram : datagram.slice(0, end)
  }
}
