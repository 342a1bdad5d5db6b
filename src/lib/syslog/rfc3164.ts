// The BSD syslog protocol, RFC 3164 section 4.1, behind PRI:
// TIMESTAMP SP HOSTNAME SP MSG, where MSG is TAG CONTENT
//
// | case                         | what is done                                                         |
// |------------------------------|----------------------------------------------------------------------|
// | no TIMESTAMP (section 4.3.2) | what follows PRI is MSG. This is no error: `<13>hello world`. No     |
// |                              | HOSTNAME is looked for; rsyslog makes one of `hello`                 |
// | no such time                 | bad-timestamp: the RFC makes CONTENT of it, but a sender is broken;  |
// |                              | what follows is read                                                 |
// | a TIMESTAMP without PRI      | read as if PRI were there, as in rsyslog: files of syslogd look like |
// | (section 4.3.3)              | that. Priority 13, which a relay has to put there, is not made up    |
// | neither                      | no-pri                                                               |
// | spaces in front of TIMESTAMP | skipped; those in front of a TAG or of HOSTNAME as well              |
// | TIMESTAMP in other forms     | see timestamp.ts; those of Cisco's devices, see device-header.ts     |
// | no HOSTNAME, or a strange one | see host.ts: without one, what follows TIMESTAMP is MSG. syslog(3)  |
// |                              | writes such to /dev/log. Behind a colon, see behind-time.ts          |
// | a second header              | see relayed.ts                                                       |
// | TAG                          | see tag.ts and odd-tag.ts                                            |

import { behindDevice, behindTag, readHost } from './behind-time.ts'
import { MONTHS } from './calendar.ts'
import { readDeviceHeader } from './device-header.ts'
import type { ParseError, SyslogMessage } from './message.ts'
import { readOddTag, readSnareHost } from './odd-tag.ts'
import { readRepeated } from './repeated.ts'
import { ABSENT, behindBom, behindSpace, behindSpaces, endOfInvalid } from './scan.ts'
import { mayBeOrigin, readOriginHeader, readSecondHeader } from './second-header.ts'
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
  return readBehindTimestamp(text, end, message, formats)
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
  if (end === ABSENT) return readWithoutTimestamp(text, start, at, message, formats)
  return readBehindTimestamp(text, end, message, formats)
}

/** @param word the position of the first word behind `start` */
function readWithoutTimestamp(
  text: string,
  start: number,
  word: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): ParseError | undefined {
  const device = readDeviceHeader(text, word, message, formats.device)
  if (device !== ABSENT) {
    const end = device < 0 ? endOfInvalid(device) : device
    setContent(text, behindDevice(text, end, message), message)
    return device < 0 ? 'bad-timestamp' : undefined
  }
  const snare = readSnareHost(text, word, message)
  if (snare === word && message.priority === undefined) return 'no-pri'
  setContent(text, snare === word ? behindTag(text, start, message) : snare, message)
  return undefined
}

/** @param read what the format of the TIMESTAMP gave */
function readBehindTimestamp(
  text: string,
  read: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): ParseError | undefined {
  const end = read < 0 ? endOfInvalid(read) : read
  const at = behindSpace(text, end)
  const host = readHost(text, end, message)
  const tag = readTag(text, host, message)
  let content = tag
  if (tag === host) content = behindUntagged(text, at, host, message, formats)
  else if (mayBeOrigin(text, tag)) content = behindOrigin(text, host, tag, message, formats)
  setContent(text, content, message)
  return read < 0 ? 'bad-timestamp' : undefined
}

/** Reads MSG with what seems to be a TAG, and gives the position of CONTENT. */
function behindOrigin(
  text: string,
  tag: number,
  content: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): number {
  const second = readOriginHeader(text, tag, message, formats)
  return second === ABSENT ? content : second
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
  const start = msg === host + 'Oct '.length && isDate(text, host) ? host : msg
  if (start === host) message.hostname = undefined
  const second = readSecondHeader(text, start, message, formats)
  return second === ABSENT ? readOddTag(text, start, message) : second
}

const DATE = /[A-Z][a-z][a-z] [ \d]?\d /y

function isDate(text: string, at: number): boolean {
  DATE.lastIndex = at
  return DATE.test(text) && MONTHS.includes(text.slice(at, at + 'Oct'.length))
}

function setContent(text: string, start: number, message: SyslogMessage): void {
  message.content = text.slice(behindBom(text, start))
  readRepeated(message)
}
