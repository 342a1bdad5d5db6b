// STRUCTURED-DATA (RFC 5424 section 6.3): `[id name="value" name="value"][id name="value"]`.
//
// | the RFC says                                  | what is done                                          |
// |-----------------------------------------------|-------------------------------------------------------|
// | one space in front of a parameter             | one or more, also in front of `]`                     |
// | `"`, `\` and `]` MUST be escaped in a value   | a bare `]` is part of the value: the quotes bound it  |
// | another backslash is a regular one            | it and what follows stay as they are (section 6.3.3)  |
// | an SD-ID MUST NOT exist more than once        | the parameters of its elements are put together       |
// | a parameter MAY be repeated in an element     | its value becomes the list of the values              |
// | a name has up to 32 printable characters      | up to 255                                             |

import { behindAll, characterSet, INVALID, MAX_NAME, PRINTABLE, SPACE } from './scan.ts'

export interface SdParams {
  [name: string]: string | string[]
}

export interface StructuredData {
  [id: string]: SdParams
}

const [OPEN, CLOSE, EQUALS, QUOTE, BACKSLASH] = [0x5b, 0x5d, 0x3d, 0x22, 0x5c]
// SD-NAME of RFC 5424 section 6.
const NAME = characterSet(PRINTABLE, '=]"')

/** Reads all SD-ELEMENTs from the `[` at `start` into `data`. INVALID: there is none, or one is faulty. */
export function readStructuredData(text: string, start: number, data: StructuredData): number {
  let at = start
  while (at !== INVALID && text.charCodeAt(at) === OPEN) at = readElement(text, at + 1, data)
  return at === start ? INVALID : at
}

function readElement(text: string, start: number, data: StructuredData): number {
  let at = endOfName(text, start)
  if (at === INVALID) return INVALID
  const params = elementOf(data, text.slice(start, at))
  for (;;) {
    const space = at
    while (text.charCodeAt(at) === SPACE) at++
    if (text.charCodeAt(at) === CLOSE) return at + 1
    if (at === space) return INVALID
    at = readParam(text, at, params)
    if (at === INVALID) return INVALID
  }
}

function readParam(text: string, start: number, params: SdParams): number {
  const nameEnd = endOfName(text, start)
  if (nameEnd === INVALID || text.charCodeAt(nameEnd) !== EQUALS) return INVALID
  const valueStart = nameEnd + 2
  if (text.charCodeAt(valueStart - 1) !== QUOTE) return INVALID
  const valueEnd = endOfValue(text, valueStart)
  if (valueEnd === INVALID) return INVALID
  const value = text.slice(valueStart, valueEnd)
  addValue(params, text.slice(start, nameEnd), value.includes('\\') ? unescaped(value) : value)
  return valueEnd + 1
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

function addValue(params: SdParams, name: string, value: string): void {
  const earlier = Object.hasOwn(params, name) ? params[name] : undefined
  if (earlier === undefined) define(params, name, value)
  else if (Array.isArray(earlier)) earlier.push(value)
  else params[name] = [earlier, value]
}

/** A new own property: to assign to `__proto__`, as good a name as any, would set the prototype instead. */
function define<Value>(object: { [name: string]: Value }, name: string, value: Value): void {
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}
