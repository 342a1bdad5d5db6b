// The name of the program where it is no TAG to the letter, behind HOSTNAME or behind PRI:
//
// | the text                                | what is done                                                          |
// |-----------------------------------------|-----------------------------------------------------------------------|
// | ` app: text`                            | the TAG, if there is one; else the spaces are the message's           |
// | `: %ASA-6-302013: text` (ASA)           | the TAG behind the colon                                              |
// | `%SYS-5-CONFIG_I text`, `%CAT-5-X : `   | TAG: a mnemonic needs no colon, and there may be a space in front     |
// | `%$ VDC-1 %$ %VSHD-5-X: text` (NX-OS)   | TAG, and the virtual device in front of it as the node                |
// | `notice mcpd[42]: text`, `notice app: ` | TAG, and the level in front of it: with a process id, or if it is     |
// | (F5)                                    | that of PRI                                                           |
// | `00179 mgr: text` (HP ProCurve)         | TAG, and the number of the event in front as MSGID                    |
// | `MSWinEventLog` TAB `1` TAB (Snare)     | TAG; so is `LinuxKAudit`                                              |
// | `CISE_Alarm text`, `CSCOacs_X text`     | TAG (Cisco ISE and ACS)                                               |
// | `app 42 - - text`, `app - ID [id a="1"] text` | the fields of RFC 5424: VERSION was forgotten (ESXi, iLO, NetScaler) |
// | `win1` TAB `MSWinEventLog` TAB          | HOSTNAME and TAG (Snare)                                              |

import { HOSTNAME, isMnemonicAt } from './host.ts'
import { extrasOf, type SyslogMessage } from './message.ts'
import { SEVERITIES } from './priority.ts'
import { readFields } from './rfc5424.ts'
import {
  ALPHANUMERIC,
  behindAll,
  behindSpaces,
  COLON,
  characterSet,
  DASH,
  DIGITS,
  INVALID,
  isDigit,
  MAX_NAME,
  PERCENT,
  PRINTABLE,
  SPACE,
} from './scan.ts'
import type { StructuredData } from './structured-data.ts'
import { isLevel, mayBeLevel, readTag } from './tag.ts'

const DIGIT = characterSet(DIGITS)
const NAME = characterSet(PRINTABLE)
const MNEMONIC = characterSet(`${ALPHANUMERIC}%_-`)
const VDC = /%\$ (VDC-\d{1,3}) %\$ /y
const [TAB, DOLLAR] = [0x09, 0x24]

/** Reads such a name and gives the position of CONTENT; `start` if there is none. */
export function readOddTag(text: string, start: number, message: SyslogMessage): number {
  const c = text.charCodeAt(start)
  if (c === SPACE) return readIndented(text, start, message)
  if (c === COLON) return readBehindColon(text, start, message)
  if (c === PERCENT) return readMnemonic(text, start, message)
  if (isDigit(c)) return readEventNumber(text, start, message)
  return readWord(text, start, message)
}

function readIndented(text: string, start: number, message: SyslogMessage): number {
  const word = behindSpaces(text, start)
  const tag = readTag(text, word, message)
  if (tag !== word) return tag
  const odd = text.charCodeAt(word) === SPACE ? word : readOddTag(text, word, message)
  return odd === word ? start : odd
}

function readBehindColon(text: string, start: number, message: SyslogMessage): number {
  return isMnemonicAt(text, start + 2) ? readTag(text, start + 2, message) : start
}

/** `%SYS-5-CONFIG_I`, with a colon, a space and a colon, or nothing behind it. */
function readMnemonic(text: string, start: number, message: SyslogMessage): number {
  if (text.charCodeAt(start + 1) === DOLLAR) return readVirtualDevice(text, start, message)
  if (!isMnemonicAt(text, start)) return start
  const end = behindAll(MNEMONIC, text, start, MAX_NAME)
  if (text.charCodeAt(end) !== SPACE) return start
  message.appName = text.slice(start, end)
  return behindSpaces(text, text.charCodeAt(end + 1) === COLON ? end + 2 : end + 1)
}

function readVirtualDevice(text: string, start: number, message: SyslogMessage): number {
  VDC.lastIndex = start
  const found = VDC.exec(text)
  if (found === null || message.extras?.node !== undefined) return start
  const tag = start + found[0].length
  const content = isMnemonicAt(text, tag) ? readTag(text, tag, message) : tag
  if (content === tag) return start
  extrasOf(message).node = found[1]!
  return content
}

/** Five digits are a number of an event; `200 OK: ` is none. */
function readEventNumber(text: string, start: number, message: SyslogMessage): number {
  const end = behindAll(DIGIT, text, start, 6)
  if (end - start !== 5 || text.charCodeAt(end) !== SPACE) return readWord(text, start, message)
  const tag = behindSpaces(text, end)
  const content = readTag(text, tag, message)
  if (content === tag) return readWord(text, start, message)
  message.msgId = text.slice(start, end)
  return content
}

const SNARE = ['MSWinEventLog', 'LinuxKAudit']
const ISE = /C(?:ISE|SCOacs)_/y
const [UPPER_C, UPPER_L, UPPER_M] = [0x43, 0x4c, 0x4d]

function readWord(text: string, start: number, message: SyslogMessage): number {
  const end = behindAll(NAME, text, start, MAX_NAME)
  const behind = text.charCodeAt(end)
  if (end === start || (behind !== SPACE && behind !== TAB)) return start
  const c = text.charCodeAt(start)
  if ((c === UPPER_C || c === UPPER_L || c === UPPER_M) && isProgram(text, start, end)) {
    message.appName = text.slice(start, end)
    return end + 1
  }
  if (behind === TAB) return start
  const next = text.charCodeAt(end + 1)
  if (next === DASH || isDigit(next)) return readVersionless(text, start, end, message)
  return mayBeLevel(text, start) ? readLevel(text, start, end, message) : start
}

function isProgram(text: string, start: number, end: number): boolean {
  ISE.lastIndex = start
  return ISE.test(text) || SNARE.includes(text.slice(start, end))
}

/** A level in front of a TAG, where it cannot be a word: `error reading: disk`. */
function readLevel(text: string, start: number, end: number, message: SyslogMessage): number {
  const content = readTag(text, end + 1, message)
  if (content === end + 1) return start
  const word = text.slice(start, end)
  if (isLevel(word) && (message.procId !== undefined || isSeverity(word, message))) {
    extrasOf(message).level = word
    return content
  }
  message.appName = undefined
  message.procId = undefined
  return start
}

function isSeverity(word: string, { priority }: SyslogMessage): boolean {
  return priority !== undefined && SEVERITIES[priority & 7] === word
}

/**
 * APP-NAME, PROCID, MSGID and STRUCTURED-DATA, where PROCID is a number or nil. Words are easily taken for them
 * (`copied 42 files - done`, `tcp - accepted - 3`, `port 5 link [up]`): what follows PROCID has to tell.
 */
function readVersionless(text: string, start: number, nameEnd: number, message: SyslogMessage): number {
  const procId = nameEnd + 1
  const procEnd = text.charCodeAt(procId) === DASH ? procId + 1 : behindAll(DIGIT, text, procId, MAX_NAME)
  if (procEnd === procId || text.charCodeAt(procEnd) !== SPACE) return start
  const end = readFields(text, start, message)
  if (end !== INVALID && isCredible(message)) return end
  message.appName = undefined
  message.procId = undefined
  message.msgId = undefined
  message.structuredData = undefined
  return start
}

const EVENT = /^[A-Za-z]\w{0,63}\./

/** A parameter; or no elements, and no MSGID or one of NetApp's: `wafl.scan.done`. */
function isCredible({ procId, msgId, structuredData }: SyslogMessage): boolean {
  if (structuredData !== undefined) return hasParameter(structuredData)
  return msgId === undefined || (procId === undefined && EVENT.test(msgId))
}

function hasParameter(data: StructuredData): boolean {
  return Object.values(data).some(element => Object.keys(element as object).length > 0)
}

/** `win1` TAB `MSWinEventLog` TAB: gives the position of CONTENT, or `start`. */
export function readSnareHost(text: string, start: number, message: SyslogMessage): number {
  // Most texts have no TAB.
  if (!text.includes('\t', start)) return start
  const end = behindAll(HOSTNAME, text, start, MAX_NAME)
  if (text.charCodeAt(end) !== TAB || end === start) return start
  const nameEnd = behindAll(NAME, text, end + 1, MAX_NAME)
  const behind = text.charCodeAt(nameEnd)
  const name = text.slice(end + 1, nameEnd)
  if (!SNARE.includes(name) || (behind !== SPACE && behind !== TAB)) return start
  message.hostname = text.slice(start, end)
  message.appName = name
  return nameEnd + 1
}
