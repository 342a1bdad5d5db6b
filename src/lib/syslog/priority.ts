// The PRI part (RFC 3164 section 4.1.1, RFC 5424 section 6.2.1): `<` PRIVAL `>`, where PRIVAL is
// facility * 8 + severity, 0 to 191.

import type { SyslogMessage } from './message.ts'
import { ABSENT, behindAll, characterSet, DIGITS, INVALID } from './scan.ts'

/** Keyword of each facility by its code (RFC 5424 table 1); the keywords are those of syslog.conf(5). */
export const FACILITIES = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news'],
  ...['uucp', 'cron', 'authpriv', 'ftp', 'ntp', 'audit', 'alert', 'clock'],
  ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
]

/** Keyword of each severity by its code, the worst first (RFC 5424 table 2). */
export const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']

const HIGHEST = 191
const MAX_DIGITS = 3
const MAX_FAULTY_DIGITS = 31
const DIGIT = characterSet(DIGITS)
const [LESS_THAN, GREATER_THAN, ZERO] = [0x3c, 0x3e, 0x30]

/**
 * Reads the PRI at `start`. ABSENT: there is no `<` with a digit behind it, so nobody tried to
 * write a PRI (`<html>`, `plain text`). INVALID: somebody tried; no `>` after one to three digits, or a value
 * above 191.
 */
export function readPriority(text: string, start: number, message: SyslogMessage): number {
  if (text.charCodeAt(start) !== LESS_THAN) return ABSENT
  const end = behindAll(DIGIT, text, start + 1, MAX_DIGITS)
  if (end === start + 1) return ABSENT
  let value = 0
  for (let at = start + 1; at < end; at++) value = value * 10 + text.charCodeAt(at) - ZERO
  if (value > HIGHEST || text.charCodeAt(end) !== GREATER_THAN) return INVALID
  message.priority = value
  return end + 1
}

/** The position behind the `>` of a PRI at the start that is none: above 191, or of too many digits. ABSENT: there is no `>`. */
export function behindFaultyPriority(text: string): number {
  const end = behindAll(DIGIT, text, 1, MAX_FAULTY_DIGITS)
  return text.charCodeAt(end) === GREATER_THAN ? end + 1 : ABSENT
}
