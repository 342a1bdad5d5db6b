import type { Batch } from '../batch.ts'
import { originalBytes } from '../record.ts'
import type { LinkContext } from './link.ts'

const LF = Buffer.from('\n')

/** What would end a line, or what a reader of lines stops at. */
const NOT_IN_LINES = /[\n\r\0]/g
const ESCAPES: { readonly [character: string]: string } = { '\n': '\\n', '\r': '\\r', '\0': '\\0' }

/** The texts of a batch, one a record. */
export function* textsOf(batch: Batch, template: LinkContext['template']): Generator<Buffer> {
  for (const record of batch.records) yield template ? Buffer.from(template(record)) : originalBytes(record)
}

/** The same as lines: a line end within a text is written `\n`, so that each record is one line. */
export function linesOf(batch: Batch, template: LinkContext['template']): Buffer {
  const lines: Buffer[] = []
  for (const text of textsOf(batch, template)) lines.push(oneLine(text), LF)
  return Buffer.concat(lines)
}

/** Nearly all are: those are not decoded, and may be of any charset. */
function oneLine(text: Buffer): Buffer {
  if (!text.includes(0x0a) && !text.includes(0x0d) && !text.includes(0)) return text
  return Buffer.from(
    text.toString('latin1').replace(NOT_IN_LINES, character => ESCAPES[character]!),
    'latin1',
  )
}
