// The Syslog Protocol, RFC 5424 section 6, behind PRI:
// VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP STRUCTURED-DATA [SP MSG]
//
// | the RFC says                               | what is done                                              |
// |--------------------------------------------|-----------------------------------------------------------|
// | VERSION is 1                               | `1` and a space behind PRI is this protocol; another      |
// |                                            | VERSION needs a date behind it: `<13>2 files copied`      |
// | a field that is not known is NILVALUE, `-` | it is absent                                              |
// | fields are printable US-ASCII and bounded  | anything but spaces, 1 to 255 characters                  |
// | MSG may be missing                         | it is empty                                               |
// | MSG in UTF-8 MUST start with a BOM         | the BOM is removed, and is not needed (section 6.4)       |
//
// What stands in front of a fault is kept: a message with its STRUCTURED-DATA cut still has host and time.

import type { ParseError, SyslogMessage, TimestampFormat } from './message.ts'
import { INVALID, isFieldEnd, MAX_NAME } from './scan.ts'
import { readStructuredData, type StructuredData } from './structured-data.ts'

const VERSION = /1 |[1-9]\d{0,2} (?=\d{4}-\d\d-\d\dT)/y
const [DASH, BOM] = [0x2d, 0xfeff]

/** Whether the text behind PRI is of this protocol, of whatever version. */
export function isRfc5424(text: string, start: number): boolean {
  VERSION.lastIndex = start
  return VERSION.test(text)
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
  if (message.version !== '1') return 'bad-version'

  const timestamp = versionEnd + 1
  const timestampEnd = isNil(text, timestamp) ? timestamp + 1 : readTimestamp(text, timestamp, message)
  if (timestampEnd < 0) return 'bad-timestamp'

  const structuredData = readNames(text, timestampEnd + 1, message)
  if (structuredData === INVALID) return 'bad-header'

  const end = readElements(text, structuredData, message)
  if (end === INVALID) return 'bad-structured-data'
  message.content = text.slice(text.charCodeAt(end + 1) === BOM ? end + 2 : end + 1)
  return undefined
}

/** HOSTNAME, APP-NAME, PROCID and MSGID, a space behind each. */
function readNames(text: string, hostname: number, message: SyslogMessage): number {
  const appName = behindName(text, hostname)
  if (appName === INVALID) return INVALID
  message.hostname = nameAt(text, hostname, appName)
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

/** The position behind a name and its space. */
function behindName(text: string, start: number): number {
  const space = text.indexOf(' ', start)
  return space > start && space - start <= MAX_NAME ? space + 1 : INVALID
}

function nameAt(text: string, start: number, end: number): string | undefined {
  return isNil(text, start) ? undefined : text.slice(start, end - 1)
}

function isNil(text: string, start: number): boolean {
  return text.charCodeAt(start) === DASH && isFieldEnd(text, start + 1)
}

function readElements(text: string, start: number, message: SyslogMessage): number {
  if (isNil(text, start)) return start + 1
  const data: StructuredData = {}
  const end = readStructuredData(text, start, data)
  if (end === INVALID || !isFieldEnd(text, end)) return INVALID
  message.structuredData = data
  return end
}
