/** What V8 takes for an object or list without its members, and for each of those. */
const CONTAINER = 64
const MEMBER = 16

const [QUOTE, COMMA, BACKSLASH, OPENING_BRACKET, OPENING_BRACE] = [0x22, 0x2c, 0x5c, 0x5b, 0x7b]

/**
 * Estimates what memory the values of JSON take, while it comes: `[0,0,…]` becomes many times what it was, and must not be parsed
 * to find out. What is no JSON has any size.
 */
export class JsonSize {
  bytes = 0
  #inString = false
  #isEscaped = false

  add(chunk: Buffer): void {
    let { length } = chunk
    let inString = this.#inString
    let at = this.#isEscaped ? 1 : 0
    for (; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (inString) {
        if (byte === QUOTE) inString = false
        else if (byte === BACKSLASH) at++
      } else if (byte === QUOTE) inString = true
      else if (byte === COMMA) length += MEMBER
      else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) length += CONTAINER
    }
    this.#inString = inString
    this.#isEscaped = at > chunk.length
    this.bytes += length
  }
}
