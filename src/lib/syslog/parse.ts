// Takes a datagram or a line apart: PRI, then the protocol that the characters behind it tell.
//
// | case                              | what is done                                                      |
// |-----------------------------------|-------------------------------------------------------------------|
// | PRI from 0 to 191                 | kept, whatever becomes of the rest                                |
// | `<034>`, zeros that MUST NOT be   | taken for what the digits say, as in rsyslog; so is `<00>`, which |
// |                                   | RFC 3164 section 4.3.3 calls unidentifiable                       |
// | PRI above 191, of more digits     | bad-pri; what is behind it is read                                |
// | PRI without `>`                   | bad-pri; nothing else is read                                     |
// | no `<` and digit                  | see rfc3164.ts; `1 2026-10-11T` is a header of RFC 5424           |
// | VERSION in front of an RFC 3164   | a header of RFC 3164                                              |
// | time, or of seconds (Meraki)      |                                                                   |
// | a BOM in front of all             | removed                                                           |
//
// No text is dropped: with an error, `content` is all of it. What ends the datagram (LF, CR and NUL, any
// number) is no part of the text.

import { createMessage, type ParseError, type SyslogMessage } from './message.ts'
import { behindFaultyPriority, readPriority } from './priority.ts'
import { readBehindTimestamp, readRfc3164 } from './rfc3164.ts'
import { isRfc5424, readRfc5424 } from './rfc5424.ts'
import { ABSENT, DASH, isDigit, SPACE } from './scan.ts'
import { createTimestampFormats, type TimestampFormats } from './timestamp.ts'
import type { Zone } from './timezone.ts'

/** @param received epoch milliseconds */
export type Parse = (datagram: string, received: number) => SyslogMessage

export function createParse(zone: Zone): Parse {
  const formats = createTimestampFormats(zone)
  return (datagram, received) => {
    const text = trim(datagram)
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
  const priorityEnd = readPriority(text, 0, message)
  if (priorityEnd >= 0) return readHeader(text, priorityEnd, message, formats)
  if (priorityEnd === ABSENT) {
    return isDated(text, 2) ? readHeader(text, 0, message, formats) : readRfc3164(text, 0, message, formats)
  }
  const behind = behindFaultyPriority(text)
  if (behind !== ABSENT) readHeader(text, behind, message, formats)
  return 'bad-pri'
}

/** Reads what is behind PRI. */
function readHeader(
  text: string,
  start: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): ParseError | undefined {
  if (!isRfc5424(text, start)) return readRfc3164(text, start, message, formats)
  const timestamp = start + 2
  if (
    text.charCodeAt(timestamp) !== DASH &&
    !isDated(text, timestamp) &&
    text.charCodeAt(start + 1) === SPACE
  ) {
    const end = formats.any(text, timestamp, message)
    if (end >= 0) {
      message.version = text.slice(start, timestamp - 1)
      readBehindTimestamp(text, end, message, formats)
      return undefined
    }
  }
  return readRfc5424(text, start, message, formats.rfc5424)
}

/** Whether a date may begin here: four digits and a dash. */
function isDated(text: string, at: number): boolean {
  return text.charCodeAt(at + 4) === DASH && isDigit(text.charCodeAt(at))
}

const [LF, CR, NUL, BOM] = [0x0a, 0x0d, 0x00, 0xfeff]

function trim(datagram: string): string {
  const start = datagram.charCodeAt(0) === BOM ? 1 : 0
  let end = datagram.length
  while (end > start && isEnd(datagram.charCodeAt(end - 1))) end--
  return start === 0 && end === datagram.length ? datagram : datagram.slice(start, end)
}

function isEnd(c: number): boolean {
  return c === LF || c === CR || c === NUL
}
