// What Cisco's devices put in front of the time, part by part: see device-header.ts.

import { isIPv6 } from 'node:net'
import { HOSTNAME } from './host.ts'
import {
  ALPHANUMERIC,
  behindAll,
  behindSpaces,
  COLON,
  characterSet,
  DIGITS,
  INVALID,
  isDigit,
  isFieldEnd,
  MAX_NAME,
  SPACE,
} from './scan.ts'
import { readStructuredData, type StructuredData } from './structured-data.ts'

const DIGIT = characterSet(DIGITS)
const ORIGIN = characterSet(`${ALPHANUMERIC}._-:`)
const NODE = /[A-Z0-9]{1,3}(?:\/[A-Z0-9]{1,15}){1,4}:/y
const TASK = /\*[A-Za-z][\w.-]{1,63}: /y
const [STAR, DOT, SLASH, OPEN] = [0x2a, 0x2e, 0x2f, 0x5b]
/** No more digits than a double holds exactly. */
const MAX_DIGITS = 15

/** What was read in front of the time. */
export interface Front {
  at: number
  isCounterOff: boolean
  numbers: string[]
  session: StructuredData | undefined
  origin: string | undefined
  task: string | undefined
  node: string | undefined
  /** How many parts were there. */
  parts: number
}

export function createFront(start: number): Front {
  return {
    ...{ at: start, isCounterOff: false, numbers: [], session: undefined },
    ...{ origin: undefined, task: undefined, node: undefined, parts: 0 },
  }
}

/** Most texts are another message, which one look at their first word tells. */
export function mayBeFront(text: string, start: number): boolean {
  const c = text.charCodeAt(start)
  if (isDigit(c) || c === COLON || c === STAR || c === DOT) return true
  const end = behindAll(HOSTNAME, text, start, MAX_NAME)
  const behind = text.charCodeAt(end)
  if (behind === SPACE) return isNodeAt(text, end + 1)
  if (behind === COLON) return text.charCodeAt(behindAll(ORIGIN, text, end, MAX_NAME) - 1) === COLON
  return behind === SLASH && isNodeAt(text, start)
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

/** Reads one more part; false, if there is none. */
export function readPart(text: string, front: Front): boolean {
  if (front.parts++ > 4) return false
  const { at } = front
  if (text.charCodeAt(at) === COLON && front.parts === 1) {
    front.isCounterOff = true
    front.at = behindSpaces(text, at + 1)
    return true
  }
  if (readNumber(text, front) || readSession(text, front)) return true
  return readNode(text, front) || readTask(text, front) || readOrigin(text, front)
}

function readNumber(text: string, front: Front): boolean {
  const end = behindAll(DIGIT, text, front.at, MAX_DIGITS)
  if (end === front.at || text.charCodeAt(end) !== COLON || !isFieldEnd(text, end + 1)) return false
  if (front.numbers.length === (front.isCounterOff ? 1 : 2)) return false
  front.numbers.push(text.slice(front.at, end))
  front.at = behindSpaces(text, end + 1)
  return true
}

function readSession(text: string, front: Front): boolean {
  if (front.session !== undefined || text.charCodeAt(front.at) !== OPEN) return false
  const session: StructuredData = {}
  const end = readStructuredData(text, front.at, session)
  if (end === INVALID || text.charCodeAt(end) !== COLON || !isFieldEnd(text, end + 1)) return false
  front.session = session
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
  const origin = text.slice(front.at, isColon ? end - 1 : end)
  if (origin === '' || (origin.includes(':') && !isIPv6(origin))) return false
  front.origin = origin
  front.at = behindSpaces(text, end)
  return true
}
