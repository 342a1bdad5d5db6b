// The BSD syslog protocol, RFC 3164 section 4.1, behind PRI:
// TIMESTAMP SP HOSTNAME SP MSG, where MSG is TAG CONTENT
//
// | case                         | what is done                                                         |
// |------------------------------|----------------------------------------------------------------------|
// | no TIMESTAMP (section 4.3.2) | what follows PRI is MSG. This is no error: `<13>hello world`         |
// | no such time                 | bad-timestamp: the RFC makes CONTENT of it, but a sender is broken   |
// | a TIMESTAMP without PRI      | read as if PRI were there, as in rsyslog: files of syslogd look like |
// | (section 4.3.3)              | that. Priority 13, which a relay has to put there, is not made up    |
// | neither                      | no-pri                                                               |
// | no HOSTNAME                  | what follows TIMESTAMP is MSG: syslog(3) writes such to /dev/log     |
// | HOSTNAME is NILVALUE         | it is absent, as in RFC 5424                                         |
//
// A word is a HOSTNAME if it is one to rsyslog: letters, digits, `.`, `_` and `-`, the last a letter or a
// digit, and a space behind it. An IPv6 address, which the RFC allows and rsyslog does not, is one as well.
// Without a TIMESTAMP none is looked for; rsyslog does, and makes a host of the `hello` above.

import { isIPv6 } from 'node:net'
import type { ParseError, SyslogMessage, TimestampFormat } from './message.ts'
import { ALPHANUMERIC, behindAll, behindSpace, characterSet, INVALID, MAX_NAME, SPACE } from './scan.ts'
import { readTag } from './tag.ts'

/** Reads what follows PRI, or the whole text if there is none. */
export function readRfc3164(
  text: string,
  start: number,
  message: SyslogMessage,
  readTimestamp: TimestampFormat,
): ParseError | undefined {
  const timestampEnd = readTimestamp(text, start, message)
  if (timestampEnd === INVALID) return 'bad-timestamp'
  if (timestampEnd >= 0) readMsg(text, readHostname(text, behindSpace(text, timestampEnd), message), message)
  else if (message.priority !== undefined) readMsg(text, start, message)
  else return 'no-pri'
  return undefined
}

const HOSTNAME = characterSet(`${ALPHANUMERIC}._-`)
const IPV6 = characterSet(`${ALPHANUMERIC}:.`)
const LETTER_OR_DIGIT = characterSet(ALPHANUMERIC)
const [DASH, COLON] = [0x2d, 0x3a]

/** Reads HOSTNAME and gives the position of MSG. */
function readHostname(text: string, start: number, message: SyslogMessage): number {
  let end = behindAll(HOSTNAME, text, start, MAX_NAME)
  if (text.charCodeAt(end) === COLON) {
    end = behindAll(IPV6, text, start, MAX_NAME)
    if (!isIPv6(text.slice(start, end))) return start
  } else if (LETTER_OR_DIGIT[text.charCodeAt(end - 1)] !== 1) {
    return isNil(text, start) ? start + 2 : start
  }
  if (end === start || text.charCodeAt(end) !== SPACE) return start
  message.hostname = text.slice(start, end)
  return end + 1
}

function isNil(text: string, start: number): boolean {
  return text.charCodeAt(start) === DASH && text.charCodeAt(start + 1) === SPACE
}

function readMsg(text: string, start: number, message: SyslogMessage): void {
  message.content = text.slice(readTag(text, start, message))
}
