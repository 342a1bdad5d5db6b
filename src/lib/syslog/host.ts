// HOSTNAME of RFC 3164, section 4.1.2, and what stands in its place:
//
// | the text                                | what it is                                                        |
// |-----------------------------------------|-------------------------------------------------------------------|
// | `web1 `, `192.0.2.7 `, `my_host `       | HOSTNAME: letters, digits, `.`, `_` and `-`, which is not the     |
// |                                         | first, and a space behind it, as in rsyslog                       |
// | `web1. app: `, `web_ app[42]: `         | HOSTNAME: one that ends in such a mark needs a TAG behind it      |
// | `web1` and nothing more                 | HOSTNAME, as in rsyslog                                           |
// | `2001:db8::7 `, `fe80::1%eth0 `         | HOSTNAME                                                          |
// | `[2001:db8::7] app: `, `[192.0.2.7] `   | HOSTNAME, if a TAG follows                                        |
// | `("U7LT,18e829a1b2c3,v4.0") app: `      | the same (Ubiquiti)                                               |
// | `- `                                    | NILVALUE, as in RFC 5424: it is absent                            |
// | `UDMPRO,a2edd0c6ae48,v1.10 ` (Ubiquiti) | HOSTNAME: commas in it, if there is a letter as well              |
// | `slot1/bigip1 ` (F5), `host1/host2 `    | HOSTNAME, if there is a letter in it, and a digit or a dot in     |
// |                                         | front of the slash                                                |
// | `192.0.2.7: `, `2001:db8::7: `,         | HOSTNAME: an address is the name of no program, nor is what has a |
// | `U7PG2,788a2056b182,v4.0: `             | comma in it                                                       |
// | `sw1: %SYS-5-CONFIG_I: `                | HOSTNAME: what has the mnemonic behind it is no program           |
// | anything else                           | no HOSTNAME; the text is MSG                                      |

import { isIP, isIPv6 } from 'node:net'
import type { SyslogMessage } from './message.ts'
import {
  ALPHANUMERIC,
  behindAll,
  COLON,
  characterSet,
  DASH,
  isFieldEnd,
  MAX_NAME,
  PERCENT,
  SPACE,
} from './scan.ts'
import { isTagAt } from './tag.ts'

/** Of a plain HOSTNAME. */
export const HOSTNAME = characterSet(`${ALPHANUMERIC}._-`)
const IPV6 = characterSet(`${ALPHANUMERIC}:.%`)
const WITH_COMMA = characterSet(`${ALPHANUMERIC}._-,+`)
const WITH_SLASH = characterSet(`${ALPHANUMERIC}._-/`)
const LETTER_OR_DIGIT = characterSet(ALPHANUMERIC)
const [COMMA, SLASH, OPEN, PARENTHESIS] = [0x2c, 0x2f, 0x5b, 0x28]

/** Reads HOSTNAME and gives the position of MSG. */
export function readHostname(text: string, start: number, message: SyslogMessage): number {
  if (text.charCodeAt(start) === DASH) return text.charCodeAt(start + 1) === SPACE ? start + 2 : start
  const end = behindAll(HOSTNAME, text, start, MAX_NAME)
  if (text.charCodeAt(end) !== SPACE) return readOdd(text, start, end, message)
  if (end === start) return start
  if (LETTER_OR_DIGIT[text.charCodeAt(end - 1)] !== 1 && !isNameBeforeTag(text, start, end)) return start
  message.hostname = text.slice(start, end)
  return end + 1
}

/** `Done. 3 files` is none. */
function isNameBeforeTag(text: string, start: number, end: number): boolean {
  return LETTER_OR_DIGIT[text.charCodeAt(start)] === 1 && isTagAt(text, end + 1)
}

/** Reads what has another character than a space behind the plain name that ends at `plain`. */
function readOdd(text: string, start: number, plain: number, message: SyslogMessage): number {
  const c = text.charCodeAt(start)
  if (c === OPEN || c === PARENTHESIS) return readEnclosed(text, start, message)
  const end = oddEnd(text, start, plain)
  if (end === start) return start
  const isColon = text.charCodeAt(end) === COLON
  if (!isFieldEnd(text, isColon ? end + 1 : end)) return start
  const name = text.slice(start, end)
  if (isColon && !name.includes(',') && isIP(name) === 0 && !isMnemonicAt(text, end + 2)) return start
  message.hostname = name
  return Math.min(isColon ? end + 2 : end + 1, text.length)
}

/** What is in brackets is an address, what is in parentheses and quotes a name with commas. */
function readEnclosed(text: string, start: number, message: SyslogMessage): number {
  const isList = text.startsWith('("', start)
  const [set, close] = isList ? [WITH_COMMA, '") '] : [IPV6, '] ']
  const name = isList ? start + 2 : start + 1
  const end = behindAll(set, text, name, MAX_NAME)
  const host = text.slice(name, end)
  if (isList ? !host.includes(',') : isIP(host) === 0) return start
  if (!text.startsWith(close, end) || !isTagAt(text, end + close.length)) return start
  message.hostname = host
  return end + close.length
}

/** Where a name ends that is no plain one; `start` if it is none at all. */
function oddEnd(text: string, start: number, plain: number): number {
  const c = text.charCodeAt(plain)
  let end = plain
  if (c === COMMA) end = behindAll(WITH_COMMA, text, start, MAX_NAME)
  else if (c === SLASH) end = behindAll(WITH_SLASH, text, start, MAX_NAME)
  else if (c === COLON) end = ipv6End(text, start) ?? plain
  if (LETTER_OR_DIGIT[text.charCodeAt(end - 1)] !== 1 && c !== COLON) return start
  if (c === COMMA) return hasLetter(text, start, end) ? end : start
  const isBlade = c === SLASH && hasDigitOrDot(text, start, plain) && hasLetter(text, start, end)
  return c !== SLASH || isBlade ? end : start
}

/** The end of the IPv6 address at `start`, which may have a colon of its own behind it. */
function ipv6End(text: string, start: number): number | undefined {
  const end = behindAll(IPV6, text, start, MAX_NAME)
  // Tried first: `fe80::1%eth0:` is an address as well, for a zone is made of anything.
  if (text.charCodeAt(end - 1) === COLON && isIPv6(text.slice(start, end - 1))) return end - 1
  return isIPv6(text.slice(start, end)) ? end : undefined
}

function hasLetter(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (text.charCodeAt(at) > 0x40) return true
  return false
}

function hasDigitOrDot(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const c = text.charCodeAt(at)
    if (c === 0x2e || (c >= 0x30 && c <= 0x39)) return true
  }
  return false
}

const MNEMONIC = /%[A-Z][A-Z0-9_-]{1,63}-[0-7]-[A-Z0-9_]/y

/** Whether `%FACILITY-SEVERITY-MNEMONIC` begins here, the name of a message on Cisco's devices. */
export function isMnemonicAt(text: string, at: number): boolean {
  MNEMONIC.lastIndex = at
  return text.charCodeAt(at) === PERCENT && MNEMONIC.test(text)
}
