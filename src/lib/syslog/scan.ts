// Positions in a text. A reader takes a text and a position and gives the position behind what it read, or:

/** What was looked for is not there. */
export const ABSENT = -1
/** Something like it is there, and is wrong. */
export const INVALID = -2

/** INVALID, of a field that is wrong only in what it says: what follows it at `end` can be read. */
export function invalidUntil(end: number): number {
  return INVALID - end
}

export function endOfInvalid(code: number): number {
  return INVALID - code
}

/**
 * The longest name and header field that is believed: what RFC 5424 section 6 allows to HOSTNAME. Its 48 for
 * APP-NAME and 32 for MSGID and SD-NAME are often exceeded and harm nobody; but 64 KiB are no name, and no
 * index takes them.
 */
export const MAX_NAME = 255

export const [SPACE, COLON, DASH, PERCENT] = [0x20, 0x3a, 0x2d, 0x25]

/** Whether a field may end here: at a space or at the end of the text. */
export function isFieldEnd(text: string, at: number): boolean {
  return at === text.length || text.charCodeAt(at) === SPACE
}

/** The position behind the one space that separates two fields, if it is there. */
export function behindSpace(text: string, at: number): number {
  return text.charCodeAt(at) === SPACE ? at + 1 : at
}

const BOM = 0xfeff

/** The position behind the BOM, if it is there. */
export function behindBom(text: string, at: number): number {
  return text.charCodeAt(at) === BOM ? at + 1 : at
}

/** The position behind all spaces. */
export function behindSpaces(text: string, at: number): number {
  let end = at
  while (text.charCodeAt(end) === SPACE) end++
  return end
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** The number that two digits at `start` make. Anything else makes any number, or none. */
export function twoDigits(text: string, start: number): number {
  return (text.charCodeAt(start) - 0x30) * 10 + (text.charCodeAt(start + 1) - 0x30)
}

/**
 * One byte a US-ASCII code, 1 if it is in the set. Other codes, and NaN at the end of a text, are
 * `undefined`.
 */
export type CharacterSet = Uint8Array

export const DIGITS = '0123456789'
export const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const ALPHANUMERIC = DIGITS + LETTERS
/** PRINTUSASCII of RFC 5424 section 6: all but the space and control characters. */
export const PRINTABLE = String.fromCharCode(...Array.from({ length: 94 }, (_, n) => 0x21 + n))

export function characterSet(characters: string, except = ''): CharacterSet {
  const set = new Uint8Array(128)
  for (const character of characters) set[character.charCodeAt(0)] = 1
  for (const character of except) set[character.charCodeAt(0)] = 0
  return set
}

/** The position of the first character from `start` that is not in the set; `start + limit` at most. */
export function behindAll(
  set: CharacterSet,
  text: string,
  start: number,
  limit = Number.POSITIVE_INFINITY,
): number {
  const end = start + limit
  let at = start
  while (at < end && set[text.charCodeAt(at)] === 1) at++
  return at
}

/** Three letters, of either case, as one number: five bits each. */
function beginning(text: string, start: number): number {
  const first = (text.charCodeAt(start) & 31) << 10
  return first | ((text.charCodeAt(start + 1) & 31) << 5) | (text.charCodeAt(start + 2) & 31)
}

/** The first three letters of words: most texts have none of them, and to look at letters is quicker than to look words up. */
export function beginningsOf(words: readonly string[]): Uint8Array {
  const beginnings = new Uint8Array(2 ** 15)
  for (const word of words) beginnings[beginning(word, 0)] = 1
  return beginnings
}

/** Whether the text may have one of these words there: false is certain. */
export function beginsAs(beginnings: Uint8Array, text: string, start: number): boolean {
  return beginnings[beginning(text, start)] === 1
}
