// The Syslog Protocol, RFC 5424 section 6, behind PRI:
// VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP STRUCTURED-DATA [SP MSG]
//
// | the RFC says                               | what is done                                              |
// |--------------------------------------------|-----------------------------------------------------------|
// | VERSION is 1                               | `1` and a space behind PRI is this protocol, if `-` or a  |
// |                                            | digit follows, or STRUCTURED-DATA where it belongs:       |
// |                                            | `<13>1 of 3 disks failed`. Another VERSION needs a date   |
// |                                            | behind it: `<13>2 files copied`; it is a fault, and the   |
// |                                            | rest is read                                              |
// | TIMESTAMP is that of RFC 3339              | see timestamp.ts; a fault in it does not keep the rest    |
// |                                            | from being read. Behind `1`, one of another form begins   |
// |                                            | a header of RFC 3164 (Meraki), if the fields of this one  |
// |                                            | do not follow: see parse.ts                               |
// | a field that is not known is NILVALUE, `-` | it is absent                                              |
// | fields are printable US-ASCII and bounded  | anything but spaces, 1 to 255 characters                  |
// | STRUCTURED-DATA is `-` or elements         | where neither `-` nor `[` is, it is missing, and what is  |
// |                                            | there is MSG                                              |
// | MSG may be missing                         | it is empty                                               |
// | MSG in UTF-8 MUST start with a BOM         | the BOM is removed, and is not needed (section 6.4). The  |
// |                                            | letters `BOM` are the message's                           |
//
// What stands in front of a fault is kept: a message with its STRUCTURED-DATA cut still has host and time.

import type { ParseError, SyslogMessage, TimestampFormat } from './message.ts'
import { readRepeated } from './repeated.ts'
import {
  ABSENT,
  behindBom,
  DASH,
  endOfInvalid,
  INVALID,
  isDigit,
  isFieldEnd,
  MAX_NAME,
  SPACE,
} from './scan.ts'
import { readStructuredData, type StructuredData } from './structured-data.ts'

const OTHER_VERSION = /\d{1,3} (?=\d{4}-\d\d-\d\dT)/y
const [ONE, OPEN] = [0x31, 0x5b]

/** Whether the text behind PRI is of this protocol, of whatever version. */
export function isRfc5424(text: string, start: number): boolean {
  const c = text.charCodeAt(start)
  if (c === ONE && text.charCodeAt(start + 1) === SPACE) return mayBeTimestamp(text, start + 2)
  if (!isDigit(c)) return false
  OTHER_VERSION.lastIndex = start
  return OTHER_VERSION.test(text)
}

/** `1 ` is also the beginning of a sentence. A header may be cut here. */
function mayBeTimestamp(text: string, start: number): boolean {
  const c = text.charCodeAt(start)
  return c === DASH || isDigit(c) || start === text.length || areFieldsAt(text, behindName(text, start))
}

/** Whether HOSTNAME, APP-NAME, PROCID and MSGID may be here: whether STRUCTURED-DATA is behind four words. */
export function areFieldsAt(text: string, start: number): boolean {
  let at = start
  for (let n = 0; n < 4 && at !== INVALID; n++) at = behindName(text, at)
  return at !== INVALID && isElement(text, at)
}

/** Reads what `isRfc5424` says is one. */
export function readRfc5424(
  text: string,
  start: number,
  message: SyslogMessage,
  readTimestamp: TimestampFormat,
): ParseError | undefined {
  const versionEnd = text.indexOf(' ', start)
  message.version = text.slice(start, versionEnd)
  const timestamp = versionEnd + 1
  const read = isNil(text, timestamp) ? timestamp + 1 : readTimestamp(text, timestamp, message)
  const timestampEnd = read < 0 ? endOfFaulty(text, timestamp, read) : read
  const fault = message.version !== '1' ? 'bad-version' : read < 0 ? 'bad-timestamp' : undefined
  if (timestampEnd < 0) return fault ?? 'bad-timestamp'

  const appName = behindName(text, timestampEnd + 1)
  if (appName === INVALID) return fault ?? 'bad-header'
  message.hostname = nameAt(text, timestampEnd + 1, appName)
  const structuredData = readProgram(text, appName, message)
  if (structuredData === INVALID) return fault ?? 'bad-header'

  const end = readElements(text, structuredData, message)
  if (end === INVALID) return fault ?? 'bad-structured-data'
  message.content = text.slice(behindBom(text, end + 1))
  readRepeated(message)
  return fault
}

/** Negative: there is no end. */
function endOfFaulty(text: string, timestamp: number, code: number): number {
  return code === ABSENT ? behindName(text, timestamp) - 1 : endOfInvalid(code)
}

/**
 * Reads APP-NAME and all that follows it, and gives the position of MSG. INVALID: it is faulty, and some of it may
 * have been written.
 */
export function readFields(text: string, start: number, message: SyslogMessage): number {
  const structuredData = readProgram(text, start, message)
  if (structuredData === INVALID || !isElement(text, structuredData)) return INVALID
  const end = readElements(text, structuredData, message)
  return end === INVALID ? INVALID : behindBom(text, Math.min(end + 1, text.length))
}

function isElement(text: string, at: number): boolean {
  return isNil(text, at) || text.charCodeAt(at) === OPEN
}

/** APP-NAME, PROCID and MSGID; gives the position behind them and the space. */
function readProgram(text: string, appName: number, message: SyslogMessage): number {
  const procId = behindName(text, appName)
  if (procId === INVALID) return INVALID
  message.appName = nameAt(text, appName, procId)
  const msgId = behindName(text, procId)
  if (msgId === INVALID) return INVALID
  message.procId = nameAt(text, procId, msgId)
  const end = behindName(text, msgId)
  if (end === INVALID) return INVALID
  message.msgId = nameAt(text, msgId, end)
  return end
}

/** The position behind a name and its space; at the end of the text, as if there were one. */
function behindName(text: string, start: number): number {
  const space = text.indexOf(' ', start)
  const end = space < 0 ? text.length : space
  return end > start && end - start <= MAX_NAME ? end + 1 : INVALID
}

function nameAt(text: string, start: number, end: number): string | undefined {
  return isNil(text, start) ? undefined : text.slice(start, end - 1)
}

function isNil(text: string, start: number): boolean {
  return text.charCodeAt(start) === DASH && isFieldEnd(text, start + 1)
}

/** The position behind STRUCTURED-DATA, where the space of MSG is. */
function readElements(text: string, start: number, message: SyslogMessage): number {
  if (isNil(text, start)) return start + 1
  const c = text.charCodeAt(start)
  if (c !== OPEN) return c === SPACE ? start : start - 1
  const data: StructuredData = {}
  const end = readStructuredData(text, start, data)
  if (end === INVALID || !isFieldEnd(text, end)) return INVALID
  message.structuredData = data
  return end
}
