// The BSD syslog protocol, RFC 3164 section 4.1, behind PRI:
// TIMESTAMP SP HOSTNAME SP MSG, where MSG is TAG CONTENT
//
// | case                         | what is done                                                         |
// |------------------------------|----------------------------------------------------------------------|
// | no TIMESTAMP (section 4.3.2) | what follows PRI is MSG. This is no error: `<13>hello world`. No     |
// |                              | HOSTNAME is looked for; rsyslog makes one of `hello`                 |
// | no such time                 | bad-timestamp: the RFC makes CONTENT of it, but a sender is broken   |
// | a TIMESTAMP without PRI      | read as if PRI were there, as in rsyslog: files of syslogd look like |
// | (section 4.3.3)              | that. Priority 13, which a relay has to put there, is not made up    |
// | neither                      | no-pri                                                               |
// | spaces in front of TIMESTAMP | skipped; those in front of a TAG or of HOSTNAME as well              |
// | TIMESTAMP in other forms     | see timestamp.ts; those of Cisco's devices, see device-header.ts     |
// | no HOSTNAME, or a strange one | see host.ts: without one, what follows TIMESTAMP is MSG. syslog(3)  |
// |                              | writes such to /dev/log                                              |
// | a second header              | see relayed.ts                                                       |
// | TAG                          | see tag.ts and odd-tag.ts                                            |

import { readDeviceHeader } from './device-header.ts'
import { isMnemonicAt, readHostname } from './host.ts'
import type { ParseError, SyslogMessage } from './message.ts'
import { readOddTag, readSnareHost } from './odd-tag.ts'
import { readPriority } from './priority.ts'
import { readForwarded, readSecond } from './relayed.ts'
import { readRepeated } from './repeated.ts'
import { isRfc5424, readRfc5424 } from './rfc5424.ts'
import { ABSENT, behindSpace, behindSpaces, INVALID, isDigit, SPACE } from './scan.ts'
import { readTag } from './tag.ts'
import type { TimestampFormats } from './timestamp.ts'

/** Reads what follows PRI, or the whole text if there is none. */
export function readRfc3164(
  text: string,
  start: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): ParseError | undefined {
  const end = formats.usual(text, start, message)
  if (end === ABSENT) return readUnusual(text, start, message, formats)
  if (end === INVALID) return 'bad-timestamp'
  readBehindTimestamp(text, end, message, formats)
  return undefined
}

/** Reads what has no TIMESTAMP of a usual form at its start. */
function readUnusual(
  text: string,
  start: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): ParseError | undefined {
  const at = behindSpaces(text, start)
  const end = at === start ? formats.unusual(text, at, message) : formats.any(text, at, message)
  if (end === INVALID) return 'bad-timestamp'
  if (end !== ABSENT) readBehindTimestamp(text, end, message, formats)
  else return readWithoutTimestamp(text, start, at, message, formats)
  return undefined
}

/** @param word the position of the first word behind `start` */
function readWithoutTimestamp(
  text: string,
  start: number,
  word: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): ParseError | undefined {
  const device = readDeviceHeader(text, word, message, formats.any)
  const snare = device === ABSENT ? readSnareHost(text, word, message) : word
  if (device !== ABSENT) setContent(text, behindDevice(text, device, message), message)
  else if (snare !== word) setContent(text, snare, message)
  else if (message.priority === undefined) return 'no-pri'
  else setContent(text, behindTag(text, start, message), message)
  return undefined
}

/** Reads what follows a TIMESTAMP that ends at `end`. */
export function readBehindTimestamp(
  text: string,
  end: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): void {
  const at = behindSpace(text, end)
  const host = readHost(text, at, message)
  const tag = readTag(text, host, message)
  const content = tag === host ? behindUntagged(text, at, host, message, formats) : tag
  setContent(text, content, message)
}

const [UPPER_F, UPPER_M] = [0x46, 0x4d]

/** HOSTNAME, behind any number of spaces, or in the words of AIX; gives the position of MSG. */
function readHost(text: string, start: number, message: SyslogMessage): number {
  const c = text.charCodeAt(start)
  if (c === UPPER_M || c === UPPER_F) {
    const forwarded = readForwarded(text, start, message)
    if (forwarded !== start) return forwarded
  }
  if (c !== SPACE) return readHostname(text, start, message)
  const word = behindSpaces(text, start)
  const host = readHostname(text, word, message)
  return host === word ? start : host
}

/** Reads MSG without a TAG to the letter, and gives the position of CONTENT. */
function behindUntagged(
  text: string,
  host: number,
  msg: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): number {
  // `Oct` is taken for a host where two times follow each other.
  const start = msg === host + 'Oct '.length && isMonth(text, host) ? host : msg
  if (start === host) message.hostname = undefined
  const second = mayBeHeader(text, start)
    ? readSecond(message, () => readSecondHeader(text, start, message, formats))
    : ABSENT
  return second === ABSENT ? readOddTag(text, start, message) : second
}

const MONTH = /(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]?\d /y

function isMonth(text: string, at: number): boolean {
  MONTH.lastIndex = at
  return MONTH.test(text)
}

const [LESS_THAN, STAR, DOT] = [0x3c, 0x2a, 0x2e]

/** A PRI, a mark of a clock, a digit, or a word of three letters. */
function mayBeHeader(text: string, start: number): boolean {
  const c = text.charCodeAt(start)
  return c === LESS_THAN || c === STAR || c === DOT || isDigit(c) || text.charCodeAt(start + 3) === SPACE
}

/** Gives the position of CONTENT; ABSENT: there is no second header. */
function readSecondHeader(
  text: string,
  start: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): number {
  const behindPri = readPriority(text, start, message)
  const at = behindPri < 0 ? start : behindSpaces(text, behindPri)
  if (isRfc5424(text, at)) return readSecondRfc5424(text, at, message, formats)
  const end = formats.any(text, at, message)
  if (end < 0) {
    const device = readDeviceHeader(text, at, message, formats.any)
    return device === ABSENT ? ABSENT : behindDevice(text, device, message)
  }
  const content = behindTag(text, readHost(text, behindSpace(text, end), message), message)
  // Programs write times in front of their messages as well, and then a word that is no host.
  return behindPri >= 0 || (message.appName !== undefined && isCredible(text, at, message)) ? content : ABSENT
}

function readSecondRfc5424(
  text: string,
  start: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): number {
  const error = readRfc5424(text, start, message, formats.rfc5424)
  return error === undefined && message.timestamp !== undefined
    ? text.length - message.content.length
    : ABSENT
}

const ISO_DATE = /\d{4}.\d\d.\d\d/y
const HOST_LIKE = /[\d._-]/

/** Programs write `2026-10-11 22:14:15 Server main: `: there, only what cannot be a word is a host. */
function isCredible(text: string, start: number, { hostname }: SyslogMessage): boolean {
  ISO_DATE.lastIndex = start
  return hostname === undefined || !ISO_DATE.test(text) || HOST_LIKE.test(hostname)
}

/** Reads what follows a header of Cisco's, and gives the position of CONTENT. */
function behindDevice(text: string, start: number, message: SyslogMessage): number {
  const at = behindSpaces(text, start)
  const hasHost = message.hostname !== undefined || isMnemonicAt(text, at)
  return behindTag(text, hasHost ? at : readHostname(text, at, message), message)
}

/** Reads a TAG of any form, and gives the position of CONTENT. */
function behindTag(text: string, start: number, message: SyslogMessage): number {
  const tag = readTag(text, start, message)
  return tag === start ? readOddTag(text, start, message) : tag
}

function setContent(text: string, start: number, message: SyslogMessage): void {
  message.content = text.slice(start)
  readRepeated(message)
}
