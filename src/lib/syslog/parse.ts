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
// | VERSION in front of an RFC 3164   | a header of RFC 3164, unless the fields of RFC 5424 follow        |
// | time, or of seconds (Meraki)      |                                                                   |
// | a BOM in front of all, behind PRI | removed                                                           |
// | spaces behind PRI                 | skipped in front of RFC 5424 with a date; else see rfc3164.ts     |
//
// No text is dropped: with an error, `content` is all of it. What ends the datagram (LF, CR and NUL, any
// number) is no part of the text.

import { createMessage, type ParseError, type SyslogMessage } from './message.ts'
import { behindFaultyPriority, readPriority } from './priority.ts'
import { readRfc3164 } from './rfc3164.ts'
import { areFieldsAt, isRfc5424, readRfc5424 } from './rfc5424.ts'
import { ABSENT, behindBom, behindSpace, behindSpaces, DASH, endOfInvalid, isDigit, SPACE } from './scan.ts'
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
  if (priorityEnd >= 0) return readHeader(text, headerStart(text, priorityEnd), message, formats)
  if (priorityEnd === ABSENT) {
    return isDated(text, 2) ? readHeader(text, 0, message, formats) : readRfc3164(text, 0, message, formats)
  }
  const behind = behindFaultyPriority(text)
  if (behind !== ABSENT) readHeader(text, headerStart(text, behind), message, formats)
  return 'bad-pri'
}

function headerStart(text: string, start: number): number {
  if (text.charCodeAt(start) !== SPACE) return behindBom(text, start)
  const at = behindSpaces(text, start)
  return isVersionAt(text, at) && isDated(text, at + 2) ? at : start
}

function isVersionAt(text: string, at: number): boolean {
  return text.charCodeAt(at) === ONE && text.charCodeAt(at + 1) === SPACE
}

/** Reads what is behind PRI. */
function readHeader(
  text: string,
  start: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): ParseError | undefined {
  const timestamp = start + 2
  if (isVersionAt(text, start) && text.charCodeAt(timestamp) !== DASH && !isDated(text, timestamp)) {
    const end = formats.any(text, timestamp, message)
    if (end !== ABSENT) return readBehindVersion(text, start, end, message, formats)
  }
  if (!isRfc5424(text, start)) return readRfc3164(text, start, message, formats)
  return readRfc5424(text, start, message, formats.rfc5424)
}

/** Reads a header with a time that is not RFC 5424's; `end` is what its format gave. */
function readBehindVersion(
  text: string,
  start: number,
  end: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): ParseError | undefined {
  const next = behindSpace(text, end < 0 ? endOfInvalid(end) : end)
  if (areFieldsAt(text, next)) return readRfc5424(text, start, message, formats.any)
  message.version = text.slice(start, start + 1)
  return readRfc3164(text, start + 2, message, formats)
}

/** Whether a date may begin here: four digits and a dash. */
function isDated(text: string, at: number): boolean {
  return text.charCodeAt(at + 4) === DASH && isDigit(text.charCodeAt(at))
}

const [LF, CR, NUL, ONE] = [0x0a, 0x0d, 0x00, 0x31]

function trim(datagram: string): string {
  const start = behindBom(datagram, 0)
  let end = datagram.length
  while (end > start && isEnd(datagram.charCodeAt(end - 1))) end--
  return start === 0 && end === datagram.length ? datagram : datagram.slice(start, end)
}

function isEnd(c: number): boolean {
  return c === LF || c === CR || c === NUL
}
