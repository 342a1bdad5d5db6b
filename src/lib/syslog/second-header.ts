// The second header of a message, behind the TIMESTAMP and the HOSTNAME of a relay: which there are, see relayed.ts.

import { behindDevice, behindTag, readHost } from './behind-time.ts'
import { readDeviceHeader } from './device-header.ts'
import { isMnemonicAt } from './host.ts'
import type { SyslogMessage } from './message.ts'
import { readPriority } from './priority.ts'
import { setAside, settle } from './relayed.ts'
import { isRfc5424, readRfc5424 } from './rfc5424.ts'
import {
  ABSENT,
  behindAll,
  behindSpace,
  behindSpaces,
  COLON,
  characterSet,
  DIGITS,
  isDigit,
  MAX_NAME,
  SPACE,
} from './scan.ts'
import type { TimestampFormats } from './timestamp.ts'

const DIGIT = characterSet(DIGITS)
const [LESS_THAN, STAR, DOT] = [0x3c, 0x2a, 0x2e]

/** Reads it, and gives the position of CONTENT. ABSENT: there is none, and the message is as it was. */
export function readSecondHeader(
  text: string,
  start: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): number {
  // `sw1 : 72: *Oct 11 22:14:14.123: %SYS`
  const at = text.charCodeAt(start) === COLON ? behindSpace(text, start + 1) : start
  if (!mayBeHeader(text, at)) return ABSENT
  const first = setAside(message)
  return settle(readHeader(text, at, message, formats), first, message)
}

/** The same for what seems to begin with a TAG, which may be the origin id of a device. */
export function readOriginHeader(
  text: string,
  start: number,
  message: SyslogMessage,
  formats: TimestampFormats,
): number {
  const first = setAside(message)
  const end = readDeviceHeader(text, start, message, formats.device)
  // Programs write numbers and times as well.
  const isHeader = end >= 0 && isMnemonicAt(text, behindSpaces(text, end))
  return settle(isHeader ? behindDevice(text, end, message) : ABSENT, first, message)
}

/** Whether what is in front of `at` may be an origin id: `sw1: 72: `, `sw1: *Oct 11`. */
export function mayBeOrigin(text: string, at: number): boolean {
  const c = text.charCodeAt(at)
  return c === STAR || (isDigit(c) && text.charCodeAt(behindAll(DIGIT, text, at, MAX_NAME)) === COLON)
}

/** A PRI, a mark of a clock, a digit, or a word of three letters. */
function mayBeHeader(text: string, start: number): boolean {
  const c = text.charCodeAt(start)
  return c === LESS_THAN || c === STAR || c === DOT || isDigit(c) || text.charCodeAt(start + 3) === SPACE
}

function readHeader(text: string, start: number, message: SyslogMessage, formats: TimestampFormats): number {
  const behindPri = readPriority(text, start, message)
  const at = behindPri < 0 ? start : behindSpaces(text, behindPri)
  if (isRfc5424(text, at)) return readSecondRfc5424(text, at, message, formats)
  const end = formats.any(text, at, message)
  if (end < 0) {
    const device = readDeviceHeader(text, at, message, formats.device)
    return device < 0 ? ABSENT : behindDevice(text, device, message)
  }
  const content = behindTag(text, readHost(text, end, message), message)
  return behindPri >= 0 || isCredible(message) ? content : ABSENT
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

const HOST_LIKE = /[\d._-]/

/** Programs write times as well: `2026-10-11 22:14:15 Server main: `. Then only what cannot be a word is a host. */
function isCredible({ hostname, appName }: SyslogMessage): boolean {
  return appName !== undefined && (hostname === undefined || HOST_LIKE.test(hostname))
}
