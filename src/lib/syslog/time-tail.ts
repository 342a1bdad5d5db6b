// What devices put behind `hh:mm:ss`, each part at most once, in this order:
//
// | part                                 | what is done                                                       |
// |--------------------------------------|--------------------------------------------------------------------|
// | `.123`, `,123`, any number of digits | the fraction; 9 digits of it are kept in `@timestamp`              |
// | `:123`, three digits (Comware)       | the same                                                           |
// | a dot without digits                 | no fraction                                                        |
// | ` AM`, ` PM`, ` PM.685`              | a clock of twelve hours                                            |
// | ` 2026`                              | the year, if none stands in front, 1970 to 2099                    |
// | `Z`, `+02:00`, `+0200`, `+02`        | the zone; the letters of zone-letters.ts as well, and a space in   |
// | ` CEST`, ` +0200`, `Z+00:00`, ` TZ-6` | front of either. ` TZ-6` is that of RFC 3164 section 5.4          |
// | `+02:00 DST` (Huawei)                | the same: the offset counts summer time in                         |
// | `+9999`                              | no zone: an offset is below a day                                  |
// | ` 2026`                              | the year, as date(1) writes it                                     |
// | `:`, ` :`                            | the end of the time on Cisco's devices; no part of it              |

import { HOUR, MINUTE } from './calendar.ts'
import {
  ABSENT,
  behindAll,
  COLON,
  characterSet,
  DIGITS,
  isDigit,
  isFieldEnd,
  PERCENT,
  SPACE,
} from './scan.ts'
import { behindZoneLetters, behindZoneName, zoneOffset } from './zone-letters.ts'

export interface TimeTail {
  /** Where the time ends, and what follows it begins. */
  end: number
  next: number
  /** The digits of the fraction. */
  digits: string
  /** What is to be added to hours, for a clock of twelve. */
  afternoon: boolean | undefined
  year: number | undefined
  /** How far the zone is ahead of UTC, ms. */
  offset: number | undefined
}

const DIGIT = characterSet(DIGITS)
const NUMERIC = / [+-](?:[01]\d|2[0-3]):?[0-5]\d|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?/y
const RFC_3164_ZONE = / TZ([+-](?:[01]?\d|2[0-3]))(?= |$)/y
const SUMMER = ' DST'
const FIREWALL = /%(?:ASA|FTD|PIX|FWSM)-/y
const HALF = / [AP]M(?=[ .:]|$)/y
const YEAR = / (?:19[7-9]|20\d)\d/y
const [DOT, COMMA, UPPER_A, UPPER_Z, LOWER_Z] = [0x2e, 0x2c, 0x41, 0x5a, 0x7a]
const [UPPER_M, UPPER_P, UPPER_T, PLUS, MINUS, ONE, TWO] = [0x4d, 0x50, 0x54, 0x2b, 0x2d, 0x31, 0x32]

/**
 * Undefined: what stands there is no end of a time.
 * @param isDevice whether Cisco's parts stand in front of the time (device-header.ts): then no host is behind it
 */
export function readTimeTail(
  text: string,
  start: number,
  hasYear: boolean,
  isDevice: boolean,
): TimeTail | undefined {
  const tail: TimeTail = {
    ...{ end: start, next: start, digits: '' },
    ...{ afternoon: undefined, year: undefined, offset: undefined },
  }
  readFraction(text, tail)
  readHalf(text, tail)
  if (!hasYear) readYear(text, tail)
  if (!isDevice || !readDeviceZone(text, tail)) readZone(text, tail)
  if (!hasYear && tail.year === undefined) readYear(text, tail)
  const colon = text.charCodeAt(tail.end) === SPACE ? tail.end + 1 : tail.end
  tail.next = text.charCodeAt(colon) === COLON && isFieldEnd(text, colon + 1) ? colon + 1 : tail.end
  return isFieldEnd(text, tail.next) ? tail : undefined
}

function readHalf(text: string, tail: TimeTail): void {
  if (text.charCodeAt(tail.end + 2) !== UPPER_M || !matches(HALF, text, tail.end)) return
  tail.afternoon = text.charCodeAt(tail.end + 1) === UPPER_P
  tail.end += 3
  readFraction(text, tail)
}

function matches(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

function readFraction(text: string, tail: TimeTail): void {
  const c = text.charCodeAt(tail.end)
  if (c !== DOT && c !== COMMA && c !== COLON) return
  const end = behindAll(DIGIT, text, tail.end + 1)
  if (c === COMMA && end === tail.end + 1) return
  if (c === COLON && (end !== tail.end + ':123'.length || !isFieldEnd(text, end))) return
  tail.digits = text.slice(tail.end + 1, end)
  tail.end = end
}

function readYear(text: string, tail: TimeTail): void {
  if (!isDigit(text.charCodeAt(tail.end + 1))) return
  const end = tail.end + ' 2026'.length
  const behind = text.charCodeAt(end)
  if (!matches(YEAR, text, tail.end) || (behind !== COLON && !isFieldEnd(text, end))) return
  tail.year = Number(text.slice(tail.end + 1, end))
  tail.end = end
}

function readZone(text: string, tail: TimeTail): void {
  const c = text.charCodeAt(tail.end)
  if (c === SPACE) {
    const next = text.charCodeAt(tail.end + 1)
    if (next === PLUS || next === MINUS) readNumericZone(text, tail.end, tail)
    else if (!readLetters(text, tail) && next === UPPER_T) readRfc3164Zone(text, tail)
  } else if (c === UPPER_Z || c === LOWER_Z) {
    tail.offset = 0
    tail.end++
    // Some write `Z+00:00`, which is no contradiction.
    if (readNumericZone(text, tail.end, undefined) === 0) readNumericZone(text, tail.end, tail)
  } else if (c === PLUS || c === MINUS) readNumericZone(text, tail.end, tail)
}

function readRfc3164Zone(text: string, tail: TimeTail): void {
  RFC_3164_ZONE.lastIndex = tail.end
  const found = RFC_3164_ZONE.exec(text)
  if (found === null) return
  tail.offset = Number(found[1]) * HOUR
  tail.end = RFC_3164_ZONE.lastIndex
}

/** Gives the offset, and keeps it if there is a tail to keep it in. */
function readNumericZone(text: string, at: number, tail: TimeTail | undefined): number | undefined {
  if (!matches(NUMERIC, text, at)) return undefined
  const end = NUMERIC.lastIndex
  const behind = text.charCodeAt(end)
  if (behind !== COLON && !isFieldEnd(text, end)) return undefined
  const sign = text.charCodeAt(at) === SPACE ? at + 1 : at
  const minutes = end - sign > 3 ? Number(text.slice(end - 2, end)) : 0
  const ahead = Number(text.slice(sign + 1, sign + 3)) * HOUR + minutes * MINUTE
  const offset = text.charCodeAt(sign) === MINUS && ahead !== 0 ? -ahead : ahead
  if (tail !== undefined) {
    tail.offset = offset
    const summerEnd = end + SUMMER.length
    tail.end = text.startsWith(SUMMER, end) && isFieldEnd(text, summerEnd) ? summerEnd : end
  }
  return offset
}

/** Any name is a zone in front of the colon that ends such a time: `MET-DST: `, `GMT+1: `. (`app: text` is none.) */
function readDeviceZone(text: string, tail: TimeTail): boolean {
  if (text.charCodeAt(tail.end) !== SPACE) return false
  const start = tail.end + 1
  const end = behindZoneName(text, start)
  const next = end === start ? ABSENT : behindColon(text, end)
  if (next === ABSENT) return false
  const offset = zoneOffset(text.slice(start, end).toUpperCase())
  const isLower = text.charCodeAt(start) > UPPER_Z
  if (isLower && offset === undefined && text.charCodeAt(next) !== PERCENT) return false
  tail.offset = offset
  tail.end = end
  return true
}

function readLetters(text: string, tail: TimeTail): boolean {
  const start = tail.end + 1
  const end = behindZoneLetters(text, start)
  if (end === start) return false
  const mnemonic = behindColon(text, end)
  const isCisco = text.charCodeAt(mnemonic) === PERCENT
  // Most are the beginning of a host.
  if (!isCisco && text.charCodeAt(start) > UPPER_Z) return false
  const letters = text.slice(start, end)
  const offset = zoneOffset(isCisco ? letters.toUpperCase() : letters)
  const isEnd = isCisco || text.charCodeAt(end) === COLON || isFieldEnd(text, end)
  if (offset === undefined ? !isCisco || !isUnknownZone(text, letters, mnemonic) : !isEnd) return false
  tail.offset = offset
  tail.end = end
  return true
}

/** Letters that mean no zone, or several, may as well be a host, and are where a firewall speaks: `FW: %ASA-6-302013`. */
function isUnknownZone(text: string, letters: string, mnemonic: number): boolean {
  return letters === letters.toUpperCase() && !matches(FIREWALL, text, mnemonic)
}

/** The position behind `: `, with a space in front or not; ABSENT if it is not there. */
function behindColon(text: string, at: number): number {
  const colon = text.charCodeAt(at) === SPACE ? at + 1 : at
  return text.charCodeAt(colon) === COLON && text.charCodeAt(colon + 1) === SPACE ? colon + 2 : ABSENT
}

/**
 * Whether a time of the plain form `Oct 11 22:14:15` may go on at `at`, behind the space: a year, a half of the day, a zone. (Asked for
 * each message: hosts that begin with a digit or in upper case are looked at.)
 */
export function mayGoOn(text: string, at: number): boolean {
  const c = text.charCodeAt(at)
  if (c === ONE || c === TWO) return !isDigit(text.charCodeAt(at + 4)) && matches(YEAR, text, at - 1)
  if (c === PLUS || c === MINUS) return matches(NUMERIC, text, at - 1)
  if (!(c >= UPPER_A && c <= UPPER_Z)) return false
  if (matches(HALF, text, at - 1) || (c === UPPER_T && matches(RFC_3164_ZONE, text, at - 1))) return true
  const end = behindZoneLetters(text, at)
  if (end === at) return false
  return zoneOffset(text.slice(at, end)) !== undefined || text.charCodeAt(behindColon(text, end)) === PERCENT
}
