// IBM QRadar's Log Event Extended Format: `LEEF:1.0|vendor|product|version|id|key=value` TAB `key=value`.
//
// | case                                    | what is done                                                      |
// |-----------------------------------------|-------------------------------------------------------------------|
// | the five fields of the header           | version, vendor, product, productVersion, eventId; as text        |
// | the attributes                          | their keys stand beside them; a key that comes again makes a list |
// | LEEF 2.0 with a sixth field             | it is what separates attributes: `^`, `0x5E`, `x5E`; nothing: TAB |
// | no TAB, but rsyslog's `#011`            | that is the TAB that it was                                       |
// | an attribute without `=`                | left out; the message has it                                      |

import { addValue, define } from '../../properties.ts'
import { readPipes } from './pipes.ts'

const HEADER = ['version', 'vendor', 'product', 'productVersion', 'eventId']
const SEPARATOR = /(0?x[0-9A-Fa-f]{1,4}|[^|=])?\|/y

export function readLeef(content: string): { [key: string]: string | string[] } | undefined {
  if (!content.startsWith('LEEF:')) return undefined
  const { fields, end } = readPipes(content, 'LEEF:'.length, HEADER.length)
  if (fields.length < HEADER.length) return undefined
  const event: { [key: string]: string | string[] } = {}
  for (const [n, field] of fields.entries()) define(event, HEADER[n]!, field)
  SEPARATOR.lastIndex = end
  const found = fields[0]!.startsWith('2') ? SEPARATOR.exec(content) : null
  const start = found === null ? end : SEPARATOR.lastIndex
  readAttributes(content, start, separatorOf(found?.[1] ?? '', content, start), event)
  return event
}

function separatorOf(written: string, text: string, start: number): string {
  if (written.length > 1)
    return String.fromCharCode(Number.parseInt(written.slice(written.indexOf('x') + 1), 16))
  if (written !== '') return written
  return text.includes('\t', start) || !text.includes('#011', start) ? '\t' : '#011'
}

function readAttributes(
  text: string,
  start: number,
  separator: string,
  event: { [key: string]: string | string[] },
): void {
  for (let at = start; at < text.length; ) {
    const next = text.indexOf(separator, at)
    const end = next < 0 ? text.length : next
    const attribute = text.slice(at, end)
    const equals = attribute.indexOf('=')
    if (equals > 0) addValue(event, attribute.slice(0, equals), attribute.slice(equals + 1))
    at = end + separator.length
  }
}
