// Where things are in a line that begins as Sluice writes it: {"@meta":{"id":"…"…}…
import { ID_START, startsWithId } from '../../lib/own-lines.ts'

const LONGEST_ID = 120
const [QUOTE, OPEN, CLOSE, BACKSLASH] = [0x22, 0x7b, 0x7d, 0x5c]

/** Characters of an id: A-Z a-z 0-9 _ ~ . - */
const OF_ID = new Uint8Array(256)
for (const character of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~.-'))
  OF_ID[character] = 1

/** Index of the quote behind the id of the line that starts at `start`; -1 when it begins in any other way. */
export function endOfId(bytes: Buffer, start: number): number {
  if (!startsWithId(bytes, start)) return -1
  let at = start + ID_START
  while (OF_ID[bytes[at]!] === 1) at++
  const length = at - start - ID_START
  return bytes[at] === QUOTE && length > 0 && length <= LONGEST_ID ? at : -1
}

/**
 * Index of the brace that closes `@meta`, whose id ends at `idEnd`; -1 when that takes more than a look: an object in it, or
 * a brace in a text. What follows the right brace is a comma and a name, or the brace that ends the line; in a text there is
 * a backslash before each quote, and no end of the line.
 */
export function endOfMeta(bytes: Buffer, idEnd: number, end: number): number {
  for (let at = idEnd; at < end; at++) {
    if (bytes[at] === OPEN) return -1
    if (bytes[at] !== CLOSE) continue
    const isLast = bytes[at + 1] === CLOSE && at + 3 === end
    return isLast || (bytes[at + 1] === COMMA && bytes[at + 2] === QUOTE) ? at : -1
  }
  return -1
}

const COMMA = 0x2c
const TIME = Buffer.from('"@timestamp":"')

/** Where the text of `@timestamp` is that stands right behind `@meta`; undefined when it stands elsewhere, or the line ends in it. */
export function timeBehind(
  bytes: Buffer,
  metaEnd: number,
  lineEnd: number,
): { start: number; end: number } | undefined {
  const first = metaEnd + 2
  for (let n = 0; n < TIME.length; n++) if (bytes[first + n] !== TIME[n]) return undefined
  const start = first + TIME.length
  for (let end = start; end < lineEnd && bytes[end] !== BACKSLASH; end++)
    if (bytes[end] === QUOTE) return { start, end }
  return undefined
}
