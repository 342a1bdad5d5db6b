// Zones that are written as letters behind a time: `22:14:15 CEST`.
//
// | letters                                          | what is done                                         |
// |--------------------------------------------------|------------------------------------------------------|
// | those of RFC 5322 section 4.3, UTC, Europe's, and | the offset that they stand for; CST is that of       |
// | others that mean one thing only                  | America, as the RFC says, not China's                |
// | those with several meanings (IST, BST, AST), and | part of the TIMESTAMP where a `: %` follows that is  |
// | unknown ones (DST, LST)                          | not a firewall's; the zone is that of the sender     |
// | those of the list in lower case (`gmt`)          | a zone where a `: %` follows, else a word            |
// | any name (`MET-DST`, `Berlin`, `GMT+1`)          | a zone where Cisco's parts stand in front of the     |
// |                                                  | time, and `: ` behind it; where it begins in lower   |
// |                                                  | case, `: %`                                          |

import { HOUR, MINUTE } from './calendar.ts'
import { ALPHANUMERIC, behindAll, characterSet, LETTERS } from './scan.ts'

const OFFSETS: ReadonlyMap<string, number> = new Map([
  ...['Z', 'UT', 'UTC', 'GMT', 'WET'].map((letters): [string, number] => [letters, 0]),
  ...['WEST', 'CET', 'MET'].map((letters): [string, number] => [letters, HOUR]),
  ...['CEST', 'MEST', 'EET', 'SAST'].map((letters): [string, number] => [letters, 2 * HOUR]),
  ...['EEST', 'MSK', 'TRT'].map((letters): [string, number] => [letters, 3 * HOUR]),
  ['PKT', 5 * HOUR],
  ['WIB', 7 * HOUR],
  ...['SGT', 'HKT', 'AWST'].map((letters): [string, number] => [letters, 8 * HOUR]),
  ...['JST', 'KST'].map((letters): [string, number] => [letters, 9 * HOUR]),
  ['ACST', 9 * HOUR + 30 * MINUTE],
  ['AEST', 10 * HOUR],
  ['ACDT', 10 * HOUR + 30 * MINUTE],
  ['AEDT', 11 * HOUR],
  ['NZST', 12 * HOUR],
  ['NZDT', 13 * HOUR],
  ...['BRT', 'ART'].map((letters): [string, number] => [letters, -3 * HOUR]),
  ['EDT', -4 * HOUR],
  ...['EST', 'CDT'].map((letters): [string, number] => [letters, -5 * HOUR]),
  ...['CST', 'MDT'].map((letters): [string, number] => [letters, -6 * HOUR]),
  ...['MST', 'PDT'].map((letters): [string, number] => [letters, -7 * HOUR]),
  ...['PST', 'AKDT'].map((letters): [string, number] => [letters, -8 * HOUR]),
  ['AKST', -9 * HOUR],
  ['HST', -10 * HOUR],
])

const LETTER = characterSet(LETTERS)
const LONGEST = 5
const NAME = characterSet(`${ALPHANUMERIC}+-`)
const LONGEST_NAME = 32

/** The position behind the letters at `start`, at most five; `start` if there are none, or more. */
export function behindZoneLetters(text: string, start: number): number {
  const end = behindAll(LETTER, text, start, LONGEST + 1)
  return end - start > LONGEST ? start : end
}

/** The position behind the name at `start` that a user may have given to a zone; `start` if there is none. */
export function behindZoneName(text: string, start: number): number {
  return LETTER[text.charCodeAt(start)] === 1 ? behindAll(NAME, text, start, LONGEST_NAME) : start
}

/** How far the zone of these upper case letters is ahead of UTC, ms; undefined if they name no zone, or several. */
export function zoneOffset(letters: string): number | undefined {
  return OFFSETS.get(letters)
}
