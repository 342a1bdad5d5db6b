// What Cisco's devices put around the time, behind PRI and in front of `%FACILITY-SEVERITY-MNEMONIC`:
//
// | part, in this order                       | what is done                                                        |
// |-------------------------------------------|---------------------------------------------------------------------|
// | `35: `, `: `                              | the message counter; with nothing in it, it was turned off          |
// | `sw1: `, `sw1 `, an address               | the origin id: HOSTNAME                                             |
// | `000104: `                                | the sequence number                                                 |
// | `*spamApTask1: ` (WLC)                    | the task, with the star that belongs to it                         |
// | `RP/0/RSP0/CPU0:` (IOS XR)                | the node                                                            |
// | `*` or `.`                                | the clock was never set right, or has lost its source               |
// | a time, `3w2d`, `00:01:23`                | TIMESTAMP, or how long the device has been running, in seconds      |
// | nothing but `%`                           | no time: it was turned off, and what is in front is the header      |
//
// At least one of the parts in front of the time has to be there, and the time or the `%`; where there is only a name, both.
// Else this is another message.

import { HOUR, MINUTE } from './calendar.ts'
import { isMnemonicAt } from './host.ts'
import { type Extras, extrasOf, type SyslogMessage, type TimestampFormat } from './message.ts'
import {
  ABSENT,
  ALPHANUMERIC,
  behindAll,
  behindSpaces,
  COLON,
  characterSet,
  DIGITS,
  isDigit,
  isFieldEnd,
  MAX_NAME,
  SPACE,
} from './scan.ts'

const DIGIT = characterSet(DIGITS)
const ORIGIN = characterSet(`${ALPHANUMERIC}._-:`)
const NODE = /[A-Z0-9]{1,3}(?:\/[A-Z0-9]{1,15}){1,4}:/y
const TASK = /\*[A-Za-z][\w.-]{1,63}: /y
const [STAR, DOT, SLASH] = [0x2a, 0x2e, 0x2f]
/** No more digits than a double holds exactly. */
const MAX_DIGITS = 15

/** What was read in front of the time. */
interface Front {
  at: number
  numbers: number[]
  origin: string | undefined
  task: string | undefined
  node: string | undefined
  /** How many parts were there. */
  parts: number
}

/** Reads such a header, and gives the position behind it. ABSENT: there is none, and nothing is written. */
export function readDeviceHeader(
  text: string,
  start: number,
  message: SyslogMessage,
  readTimestamp: TimestampFormat,
): number {
  if (!mayBeFront(text, start)) return ABSENT
  const front = { at: start, numbers: [], origin: undefined, task: undefined, node: undefined, parts: 0 }
  for (;;) {
    const end = readClock(text, front, message, readTimestamp)
    if (end !== ABSENT) return keep(text, end, front, message)
    if (!readPart(text, front)) return ABSENT
  }
}

/** `app: Oct 11 22:14:15 started` is a program that writes times: a name alone is an origin in front of a mnemonic only. */
function isEnough(
  text: string,
  { origin, numbers, node, task }: Front,
  end: number,
  { extras }: SyslogMessage,
): boolean {
  const isNameAlone = origin !== undefined && numbers.length === 0 && node === undefined && task === undefined
  return !isNameAlone || extras?.clock !== undefined || isMnemonicAt(text, behindSpaces(text, end))
}

/** Most texts are another message, which one look at their first word tells. */
function mayBeFront(text: string, start: number): boolean {
  const c = text.charCodeAt(start)
  if (isDigit(c) || c === COLON || c === STAR || c === DOT) return true
  const end = behindAll(ORIGIN, text, start, MAX_NAME)
  if (end > start && text.charCodeAt(end - 1) === COLON) return true
  return isNodeAt(text, start) || (text.charCodeAt(end) === SPACE && isNodeAt(text, end + 1))
}

/** `RP/0/RSP0/CPU0:`, `0/RP0/CPU0:`: one to three letters in front of the first slash. */
function isNodeAt(text: string, at: number): boolean {
  const isNear =
    text.charCodeAt(at + 2) === SLASH ||
    text.charCodeAt(at + 1) === SLASH ||
    text.charCodeAt(at + 3) === SLASH
  if (!isNear) return false
  NODE.lastIndex = at
  return NODE.test(text)
}

/** The time with its mark, or what stands in its place; ABSENT as long as it is none. */
function readClock(
  text: string,
  front: Front,
  message: SyslogMessage,
  readTimestamp: TimestampFormat,
): number {
  const mark = text.charCodeAt(front.at)
  const isMarked = mark === STAR || mark === DOT
  if (!isMarked && front.parts === 0) return readBareUptime(text, front.at, message)
  const start = isMarked ? front.at + 1 : front.at
  const end = readTimestamp(text, start, message)
  if (end >= 0) {
    if (isMarked) extrasOf(message).clock = mark === STAR ? 'unsynchronized' : 'holdover'
    return end
  }
  if (isMarked) return ABSENT
  const uptime = readUptime(text, start, message)
  if (uptime !== ABSENT) return uptime
  const hasName = front.origin !== undefined || front.numbers.length > 0
  return hasName && isMnemonicAt(text, start) ? start : ABSENT
}

/** One more part in front of the time. */
function readPart(text: string, front: Front): boolean {
  if (front.parts++ > 4) return false
  const { at } = front
  if (text.charCodeAt(at) === COLON && front.parts === 1) front.at = behindSpaces(text, at + 1)
  else
    return (
      readNumber(text, front) || readNode(text, front) || readTask(text, front) || readOrigin(text, front)
    )
  return true
}

function readNumber(text: string, front: Front): boolean {
  const end = behindAll(DIGIT, text, front.at, MAX_DIGITS)
  if (end === front.at || text.charCodeAt(end) !== COLON || !isFieldEnd(text, end + 1)) return false
  if (front.numbers.length === 2) return false
  front.numbers.push(Number(text.slice(front.at, end)))
  front.at = behindSpaces(text, end + 1)
  return true
}

function readNode(text: string, front: Front): boolean {
  if (front.node !== undefined || !isNodeAt(text, front.at)) return false
  front.node = text.slice(front.at, NODE.lastIndex - 1)
  front.at = behindSpaces(text, NODE.lastIndex)
  return true
}

function readTask(text: string, front: Front): boolean {
  TASK.lastIndex = front.at
  if (front.task !== undefined || !TASK.test(text)) return false
  front.task = text.slice(front.at, TASK.lastIndex - 2)
  front.at = TASK.lastIndex
  return true
}

/** `sw1: `; `sw1 ` only where the node follows. */
function readOrigin(text: string, front: Front): boolean {
  if (front.origin !== undefined) return false
  const end = behindAll(ORIGIN, text, front.at, MAX_NAME)
  const isColon = text.charCodeAt(end - 1) === COLON
  if (end === front.at || text.charCodeAt(end) !== SPACE) return false
  if (behindAll(DIGIT, text, front.at) >= end - 1) return false
  if (!isColon && !isNodeAt(text, end + 1)) return false
  front.origin = text.slice(front.at, isColon ? end - 1 : end)
  front.at = behindSpaces(text, end)
  return front.origin !== ''
}

/** Writes what was in front of the time, and gives the position behind the time; ABSENT if all that is no header. */
function keep(text: string, end: number, front: Front, message: SyslogMessage): number {
  if (!isEnough(text, front, end, message)) {
    message.time = undefined
    message.timestamp = undefined
    message.extras = undefined
    return ABSENT
  }
  const { numbers, origin, task, node } = front
  const extras: Extras | undefined = numbers.length > 0 || node !== undefined ? extrasOf(message) : undefined
  if (numbers[0] !== undefined) extras!.counter = numbers[0]
  if (numbers[1] !== undefined) extras!.sequence = numbers[1]
  if (node !== undefined) extras!.node = node
  if (origin !== undefined) message.hostname = origin
  if (task !== undefined) extrasOf(message).task = task
  return end
}

/** Without anything in front of it, only a mnemonic makes an uptime of it. */
function readBareUptime(text: string, start: number, message: SyslogMessage): number {
  const end = behindAll(UPTIME, text, start, LONGEST_UPTIME)
  if (!isMnemonicAt(text, end + 1)) return ABSENT
  return readUptime(text, start, message)
}

const UPTIME = characterSet(`${DIGITS}:ywdh`)
const LONGEST_UPTIME = 12
const CLOCK = /(\d{1,4}):(\d\d):(\d\d)(?=: )/y
const UNITS = /(?:(\d{1,3})y)?(?:(\d{1,2})w)?(?:(\d{1,3})d)?(?:(\d{1,2})h)?(?=: )/y
const DAY_HOURS = 24
const [YEAR, WEEK] = [365 * DAY_HOURS, 7 * DAY_HOURS]

/** `00:01:23: `, `1d02h: `, `3w2d: `, `1y14w: `: how long the device has been running. */
function readUptime(text: string, start: number, message: SyslogMessage): number {
  if (!isDigit(text.charCodeAt(start))) return ABSENT
  CLOCK.lastIndex = start
  UNITS.lastIndex = start
  const clock = CLOCK.exec(text)
  const units = clock === null ? UNITS.exec(text) : null
  const found = clock ?? units
  if (found === null || found[0] === '') return ABSENT
  const [first = 0, second = 0, third = 0, fourth = 0] = found.slice(1).map(part => Number(part ?? 0))
  const time =
    clock !== null
      ? first * HOUR + second * MINUTE + third * 1000
      : (first * YEAR + second * WEEK + third * DAY_HOURS + fourth) * HOUR
  extrasOf(message).uptime = time / 1000
  message.timestamp = found[0]
  return start + found[0].length + 1
}
