// What Cisco's devices put around the time, behind PRI and in front of `%FACILITY-SEVERITY-MNEMONIC`; device-front.ts has the parts
// in front of it:
//
// | part, in this order                       | what is done                                                        |
// |-------------------------------------------|---------------------------------------------------------------------|
// | `35: `, `: `                              | the message counter; with nothing in it, it was turned off          |
// | `[syslog@9 s_id="sw1:514"]: `             | STRUCTURED-DATA: the id of the session                              |
// | `sw1: `, `sw1 `, an address               | the origin id: HOSTNAME                                             |
// | `000104: `                                | the sequence number: the second one, or behind `: `, or of six      |
// |                                           | digits, the first of them 0                                         |
// | `*spamApTask1: ` (WLC)                    | the task, with the star that belongs to it                          |
// | `RP/0/RSP0/CPU0:` (IOS XR)                | the node                                                            |
// | `*` or `.`                                | the clock was never set right, or has lost its source               |
// | a time, `3w2d`, `00:01:23`                | TIMESTAMP, or how long the device has been running: see uptime.ts   |
// | `*` and a time more than a day away from  | TIMESTAMP; when it was is told by the relay, or the reception       |
// | the reception                             |                                                                     |
// | nothing but `%`                           | no time: it was turned off, and what is in front is the header      |
//
// At least one of the parts in front of the time has to be there, and the time or the `%`; where there is only a name, both.
// Else this is another message.

import { DAY } from './calendar.ts'
import { createFront, type Front, mayBeFront, readPart } from './device-front.ts'
import { isMnemonicAt } from './host.ts'
import { type Extras, extrasOf, type SyslogMessage, type TimestampFormat } from './message.ts'
import { ABSENT, behindSpaces, endOfInvalid } from './scan.ts'
import { readBareUptime, readUptime } from './uptime.ts'

const [STAR, DOT] = [0x2a, 0x2e]
/** A sequence number, where it is the only number. */
const SEQUENCE = /^0\d{5}$/

/**
 * Reads such a header, and gives the position behind it. ABSENT: there is none, and nothing is written.
 * invalidUntil: there is no such time.
 */
export function readDeviceHeader(
  text: string,
  start: number,
  message: SyslogMessage,
  readTimestamp: TimestampFormat,
): number {
  if (!mayBeFront(text, start)) return ABSENT
  const front = createFront(start)
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
  if (end !== ABSENT) {
    if (isMarked) extrasOf(message).clock = mark === STAR ? 'unsynchronized' : 'holdover'
    return end
  }
  if (isMarked) return ABSENT
  const uptime = readUptime(text, start, message)
  if (uptime !== ABSENT) return uptime
  const hasName = front.origin !== undefined || front.numbers.length > 0
  return hasName && isMnemonicAt(text, start) ? start : ABSENT
}

/** Writes what was in front of the time, and gives the position behind the time; ABSENT if all that is no header. */
function keep(text: string, end: number, front: Front, message: SyslogMessage): number {
  if (!isEnough(text, front, end < 0 ? endOfInvalid(end) : end, message)) {
    message.time = undefined
    message.timestamp = undefined
    message.extras = undefined
    return ABSENT
  }
  const { numbers, session, origin, task, node } = front
  if (numbers.length > 0) writeNumbers(front, extrasOf(message))
  if (node !== undefined) extrasOf(message).node = node
  if (session !== undefined) message.structuredData = session
  if (origin !== undefined) message.hostname = origin
  if (task !== undefined) extrasOf(message).task = task
  if (message.extras?.clock === 'unsynchronized' && isFar(message)) message.time = undefined
  return end
}

/** Either of the two can be turned off. */
function writeNumbers({ numbers, isCounterOff }: Front, extras: Extras): void {
  const [first = '', second] = numbers
  const isSequence = isCounterOff || (second === undefined && SEQUENCE.test(first))
  extras[isSequence ? 'sequence' : 'counter'] = Number(first)
  if (second !== undefined) extras.sequence = Number(second)
}

/** A clock that was never set right counts from some 1 March on. */
function isFar({ time, received }: SyslogMessage): boolean {
  return time !== undefined && Math.abs(Date.parse(time) - received) > DAY
}
