import { isUtf8 } from 'node:buffer'

/** How many bytes of JSON the byte of this value takes in a text: control characters are escaped (RFC 8259 section 7). */
const COSTS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if ('\b\t\n\f\r"\\'.includes(String.fromCharCode(byte))) return 2
  return byte < 0x20 ? 6 : 1
})
const MOST = 6

/** Each byte of what is not UTF-8 may become U+FFFD, of three bytes, and is kept in base64, of 4 bytes for 3. */
const NOT_UTF8 = { character: 3, base64: 4 / 3 }

/**
 * The end of the longest piece from `start` on whose text takes at most `most` bytes as JSON, its base64 included where it
 * needs one. It ends between two characters, and has at least one.
 */
export function endOfFitting(memory: Buffer, start: number, end: number, most: number): number {
  if ((end - start) * (MOST + NOT_UTF8.base64) <= most) return end
  const piece = memory.subarray(start, end)
  const valid = isUtf8(piece)
  let size = 0
  for (let at = 0; at < piece.length; at++) {
    const byte = piece[at]!
    const cost = COSTS[byte]!
    size += valid ? cost : Math.max(cost, byte < 0x80 ? 1 : NOT_UTF8.character) + NOT_UTF8.base64
    if (size > most && at > 0) return start + between(piece, at)
  }
  return end
}

/** The last position between two characters that is not behind `at`. */
function between(piece: Buffer, at: number): number {
  // A character has at most four bytes, of which all but the first are 10xxxxxx.
  for (let back = at; back > 0 && back > at - 4; back--) {
    if ((piece[back]! & 0xc0) !== 0x80) return back
  }
  return at
}

/** The end of the last character that ends before `end`, if the last bytes are the beginning of another one. */
export function endOfCharacters(memory: Buffer, start: number, end: number): number {
  for (let at = end - 1; at >= start && at > end - 4; at--) {
    const byte = memory[at]!
    if ((byte & 0xc0) === 0x80) continue
    // The first byte says how many there are (RFC 3629 section 3).
    const length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf8 ? 4 : 1
    return at + length > end ? at : end
  }
  return end
}
