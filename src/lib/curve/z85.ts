// Z85, the text form of CURVE keys (ZeroMQ RFC 32): four bytes are five characters, which need no escape in most languages.

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'

const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]))

/** Bytes, of which there are a multiple of four. */
export function encodeZ85(bytes: Buffer): string {
  let text = ''
  for (let start = 0; start < bytes.length; start += 4) {
    let word = ''
    let value = bytes.readUInt32BE(start)
    for (let n = 0; n < 5; n++) {
      word = ALPHABET[value % 85] + word
      value = Math.floor(value / 85)
    }
    text += word
  }
  return text
}

/** Undefined for a text that is no Z85. */
export function decodeZ85(text: string): Buffer | undefined {
  if (text.length % 5 !== 0) return undefined
  const bytes = Buffer.alloc((text.length / 5) * 4)
  for (let start = 0; start < text.length; start += 5) {
    let value = 0
    for (let n = start; n < start + 5; n++) value = value * 85 + (VALUES.get(text[n]!) ?? Number.NaN)
    if (!(value < 2 ** 32)) return undefined
    bytes.writeUInt32BE(value, (start / 5) * 4)
  }
  return bytes
}

/** Whether it is a key: 32 bytes. */
export function isKey(text: string): boolean {
  return text.length === 40 && decodeZ85(text) !== undefined
}
