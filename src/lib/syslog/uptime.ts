// How long a device of Cisco's has been running, which stands in the place of the time: `00:01:23: `, `00:01:23.456: `,
// `1d02h: `, `3w2d: `, `1y14w: `.

import { isMnemonicAt } from './host.ts'
import { extrasOf, type SyslogMessage } from './message.ts'
import { ABSENT, behindAll, characterSet, DIGITS, isDigit } from './scan.ts'

const UPTIME = characterSet(`${DIGITS}:.ywdh`)
const LONGEST_UPTIME = 24
const CLOCK = /(\d{1,4}):([0-5]\d):([0-5]\d(?:\.\d{1,9})?)(?=: )/y
const UNITS = /(?:(\d{1,3})y)?(?:(\d{1,2})w)?(?:(\d{1,3})d)?(?:(\d{1,2})h)?(?=: )/y
const [HOUR, DAY] = [3600, 86_400]
const [YEAR, WEEK] = [365 * DAY, 7 * DAY]

/** Reads it, in seconds, and gives the position behind the colon. */
export function readUptime(text: string, start: number, message: SyslogMessage): number {
  if (!isDigit(text.charCodeAt(start))) return ABSENT
  CLOCK.lastIndex = start
  UNITS.lastIndex = start
  const clock = CLOCK.exec(text)
  const found = clock ?? UNITS.exec(text)
  if (found === null || found[0] === '') return ABSENT
  const [first = 0, second = 0, third = 0, fourth = 0] = found.slice(1).map(part => Number(part ?? 0))
  extrasOf(message).uptime =
    clock !== null
      ? first * HOUR + second * 60 + third
      : first * YEAR + second * WEEK + third * DAY + fourth * HOUR
  message.timestamp = found[0]
  return start + found[0].length + 1
}

/** The same, where nothing stands in front of it: then only a mnemonic makes an uptime of it. */
export function readBareUptime(text: string, start: number, message: SyslogMessage): number {
  const end = behindAll(UPTIME, text, start, LONGEST_UPTIME)
  return isMnemonicAt(text, end + 1) ? readUptime(text, start, message) : ABSENT
}
