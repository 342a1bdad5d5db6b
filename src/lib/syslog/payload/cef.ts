// ArcSight's Common Event Format: `CEF:0|vendor|product|version|id|name|severity|key=value key=value`.
//
// | case                                    | what is done                                                      |
// |-----------------------------------------|-------------------------------------------------------------------|
// | the seven fields of the header          | version, deviceVendor, deviceProduct, deviceVersion,              |
// |                                         | deviceEventClassId, name, severity; as text                       |
// | the extension                           | its keys stand beside them; a key that comes again makes a list   |
// | spaces in a value                       | a value ends in front of the next space, key and `=`              |
// | `\=`, `\|`, `\\`, `\n`, `\r`            | `=`, `|`, `\`, line ends                                          |
// | `CEF: 0|`                               | the space is skipped                                              |
// | fewer than seven fields                 | no CEF; the `|` behind the last one may be missing                |

import { addValue, define } from '../../properties.ts'
import { ALPHANUMERIC, behindSpaces, characterSet, SPACE } from '../scan.ts'
import { readPipes } from './pipes.ts'

const HEADER = [
  ...['version', 'deviceVendor', 'deviceProduct', 'deviceVersion'],
  ...['deviceEventClassId', 'name', 'severity'],
]
const KEY = characterSet(`${ALPHANUMERIC}_.-[]`)
const [EQUALS, BACKSLASH] = [0x3d, 0x5c]

export function readCef(content: string): { [key: string]: string | string[] } | undefined {
  if (!content.startsWith('CEF:')) return undefined
  const header = readPipes(content, behindSpaces(content, 'CEF:'.length), HEADER.length)
  const { fields } = header
  if (fields.length === HEADER.length - 1) fields.push(content.slice(header.end))
  else if (fields.length < HEADER.length) return undefined
  const event: { [key: string]: string | string[] } = {}
  for (const [n, field] of fields.entries()) define(event, HEADER[n]!, field)
  if (header.fields.length === HEADER.length) readExtension(content, header.end, event)
  return event
}

function readExtension(text: string, start: number, event: { [key: string]: string | string[] }): void {
  let key = ''
  let value = start
  for (let at = start; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === BACKSLASH) at++
    if (c !== EQUALS) continue
    const keyStart = startOfKey(text, at, value)
    if (keyStart === undefined) continue
    if (key !== '') addValue(event, key, unescaped(text.slice(value, withoutSpaces(text, value, keyStart))))
    key = text.slice(keyStart, at)
    value = at + 1
  }
  if (key !== '') addValue(event, key, unescaped(text.slice(value, withoutSpaces(text, value, text.length))))
}

/** Where the key in front of an `=` begins; undefined if this `=` is a part of a value. */
function startOfKey(text: string, equals: number, limit: number): number | undefined {
  let start = equals
  while (start > limit && KEY[text.charCodeAt(start - 1)] === 1) start--
  const isFirst = start === limit || text.charCodeAt(start - 1) === SPACE
  return start < equals && isFirst ? start : undefined
}

function withoutSpaces(text: string, start: number, end: number): number {
  let at = end
  while (at > start && text.charCodeAt(at - 1) === SPACE) at--
  return at
}

const ESCAPES: { [character: string]: string } = { n: '\n', r: '\r' }

function unescaped(value: string): string {
  return value.includes('\\') ? value.replace(/\\([\\=|nr])/g, (_, c: string) => ESCAPES[c] ?? c) : value
}
