// STRUCTURED-DATA (RFC 5424 section 6.3): `[id name="value" name="value"][id name="value"]`.
//
// | the RFC says                                  | what is done                                           |
// |-----------------------------------------------|--------------------------------------------------------|
// | one space in front of a parameter             | one or more, also behind `[`, `=` and in front of `]`  |
// | `"`, `\` and `]` MUST be escaped in a value   | a bare `]` is part of the value: the quotes bound it;  |
// |                                               | a bare `"` is a fault, for nothing bounds the value    |
// | another backslash is a regular one            | it and what follows stay as they are (section 6.3.3)   |
// | a value has quotes                            | without them it ends at a space or at `]` (ESXi)       |
// | an element has an SD-ID                       | without one its parameters are those of `-`: `[a="1"]` |
// | an SD-ID has parameters or not                | `[id]`, `[id ]` and `[]` have none                     |
// | a parameter has a value                       | `[id a]` is a fault: it may be text                    |
// | `=` is between name and value                 | or `:`, and `;` may be behind it: `[a:"1"; b:"2"]`     |
// |                                               | (Check Point)                                          |
// | an SD-ID MUST NOT exist more than once        | the parameters of its elements are put together        |
// | a parameter MAY be repeated in an element     | its value becomes the list of the values               |
// | a name has up to 32 printable characters      | up to 255                                              |

import { addValue, define } from '../properties.ts'
import { behindAll, behindSpaces, COLON, characterSet, INVALID, MAX_NAME, PRINTABLE, SPACE } from './scan.ts'

export interface SdParams {
  [name: string]: string | string[]
}

export interface StructuredData {
  [id: string]: SdParams
}

const [OPEN, CLOSE, EQUALS, QUOTE, BACKSLASH, SEMICOLON] = [0x5b, 0x5d, 0x3d, 0x22, 0x5c, 0x3b]
// SD-NAME of RFC 5424 section 6.
const NAME = characterSet(PRINTABLE, '=]"')
const BARE_VALUE = characterSet(PRINTABLE, ']"')
/** The SD-ID of what has none. */
const NIL = '-'

/** Reads all SD-ELEMENTs from the `[` at `start` into `data`. INVALID: there is none, or one is faulty. */
export function readStructuredData(text: string, start: number, data: StructuredData): number {
  let at = start
  while (at !== INVALID && text.charCodeAt(at) === OPEN) at = readElement(text, at + 1, data)
  return at === start ? INVALID : at
}

function readElement(text: string, start: number, data: StructuredData): number {
  const id = behindSpaces(text, start)
  if (text.charCodeAt(id) === CLOSE) return id + 1
  let at = endOfName(text, id)
  if (at === INVALID) return INVALID
  const c = text.charCodeAt(at)
  const isNameless = c === EQUALS || c === QUOTE
  const params = elementOf(data, isNameless ? NIL : text.slice(id, at))
  if (isNameless) at = readParam(text, id, params)
  while (at !== INVALID) {
    const space = at
    at = behindSpaces(text, at)
    if (text.charCodeAt(at) === CLOSE) return at + 1
    at = at === space ? INVALID : readParam(text, at, params)
  }
  return INVALID
}

function readParam(text: string, start: number, params: SdParams): number {
  const nameEnd = endOfName(text, start)
  if (nameEnd === INVALID) return INVALID
  const c = text.charCodeAt(nameEnd)
  if (c === EQUALS)
    return readValue(text, text.slice(start, nameEnd), behindSpaces(text, nameEnd + 1), params)
  const isColon = c === QUOTE && nameEnd > start + 1 && text.charCodeAt(nameEnd - 1) === COLON
  return isColon ? readValue(text, text.slice(start, nameEnd - 1), nameEnd, params) : INVALID
}

function readValue(text: string, name: string, start: number, params: SdParams): number {
  if (text.charCodeAt(start) !== QUOTE) {
    const end = behindAll(BARE_VALUE, text, start)
    if (end === start) return INVALID
    addValue(params, name, text.slice(start, end))
    return end
  }
  const end = endOfValue(text, start + 1)
  if (end === INVALID) return INVALID
  const value = text.slice(start + 1, end)
  addValue(params, name, value.includes('\\') ? unescaped(value) : value)
  return text.charCodeAt(end + 1) === SEMICOLON && isBehindValue(text.charCodeAt(end + 2)) ? end + 2 : end + 1
}

function isBehindValue(c: number): boolean {
  return c === SPACE || c === CLOSE
}

function endOfName(text: string, start: number): number {
  const end = behindAll(NAME, text, start, MAX_NAME + 1)
  return end === start || end - start > MAX_NAME ? INVALID : end
}

/** The closing quote: the next that no backslash escapes. */
function endOfValue(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === QUOTE) return at
    if (c === BACKSLASH) at++
  }
  return INVALID
}

function unescaped(value: string): string {
  return value.replace(/\\(["\\\]])/g, '$1')
}

function elementOf(data: StructuredData, id: string): SdParams {
  if (!Object.hasOwn(data, id)) define(data, id, {})
  return data[id]!
}
