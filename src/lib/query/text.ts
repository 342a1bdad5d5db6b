// What is searched by words, and what a word is. The index of the store is an FTS5 table of SQLite with the tokenizer
// `unicode61 remove_diacritics 1 categories 'L* N* Co'`; fold() makes the same words, so that a live tail and the
// store find the same. FTS5 knows Unicode 6.1 (2012), JavaScript the newest one:
//
// | characters                              | FTS5                        | here                                    |
// |-----------------------------------------|-----------------------------|-----------------------------------------|
// | letters and numbers                     | part of a word              | the same                                |
// | most combining marks                    | separate words              | the same (also within Hindi or Thai)    |
// | 25 marks that Latin letters have        | dropped within a word       | the same                                |
// | Latin letter with one mark, composed    | the plain letter            | the same                                |
// | with two (Vietnamese), Greek, Cyrillic  | keeps its marks             | the same                                |
// | case pairs newer than Unicode 6.1       | are two letters             | the same                                |
// | unassigned, private, newer emoji, marks | part of a word: `done🤖`    | separate words; textOf() blanks them    |
// | 21 vowel signs that became letters      | separate words              | the same                                |

import { eachScalar, own, type Scalar } from './walk.ts'

/**
 * The text of a record that is searched by words: `message` first, then the scalar values of all other fields, one a
 * line. For the index, not for people: characters that FTS5 would take for letters, also those of the private use
 * area that the index has for its own tokens, are spaces.
 */
export function textOf(record: object): string {
  let text = ''
  const add = (scalar: Scalar) => {
    text = text === '' ? `${scalar}` : `${text}\n${scalar}`
  }
  eachScalar(own(record, 'message'), add)
  for (const key of Object.keys(record)) {
    if (LEFT_OUT.has(key)) continue
    const value = (record as { [key: string]: unknown })[key]
    eachScalar(key === '@meta' ? peerOf(value) : value, add)
  }
  return NOT_ASCII.test(text) ? text.replace(FOREIGN, ' ') : text
}

// Times, which a range finds better, and a number that facility and severity say in words.
const LEFT_OUT = new Set(['message', '@timestamp', 'timestamp', 'syslog_priority'])

function peerOf(meta: unknown): unknown {
  return typeof meta === 'object' && meta !== null ? own(meta, 'peer') : undefined
}

const NOT_ASCII = /[^\x00-\x7f]/
// What the tokenizer drops within a word, as a class of a regular expression.
const DROPPED = String.raw`\u0300-\u0304\u0306-\u030c\u030f\u0311\u031b\u0323-\u0328\u032d\u032e\u0330\u0331`
// New Tai Lue and Vedic signs: letters since Unicode 8 and 12.
const LETTER = String.raw`[[\p{L}\p{N}]--[\u19b0-\u19c0\u19c8\u19c9\u1cf2\u1cf3]]`
const WORD = new RegExp(`${LETTER}[${LETTER}${DROPPED}]*`, 'gv')
const FOREIGN = new RegExp(String.raw`[^\x00-\x7f\p{L}\p{N}${DROPPED}]`, 'gv')
const ASCII_WORD = /[a-z0-9]+/g

/** The words of a text, as FTS5 sees them: case folded, without diacritics. */
export function fold(text: string): string[] {
  if (!NOT_ASCII.test(text)) return text.toLowerCase().match(ASCII_WORD) ?? []
  return text.match(WORD)?.map(foldWord) ?? []
}

/** How values of fields are compared: in any case, but with their diacritics. */
export function foldValue(value: unknown): string {
  return String(value).toLowerCase()
}

function foldWord(word: string): string {
  if (!NOT_ASCII.test(word)) return word.toLowerCase()
  let folded = ''
  // Each character by itself: toLowerCase() of a word gives a sigma at its end another form.
  for (const character of word)
    folded += character > '\x7f' ? foldCharacter(character) : character.toLowerCase()
  return folded
}

function foldCharacter(character: string): string {
  if (DROPPED_MARK.test(character)) return ''
  if (!CASED.test(character)) return character
  const lower = VARIANTS.get(character) ?? character.toLowerCase()
  const [base, mark, second] = lower.normalize('NFD')
  return mark !== undefined && second === undefined && ASCII_LETTER.test(base!) ? base! : lower
}

const DROPPED_MARK = new RegExp(`[${DROPPED}]`, 'v')
const ASCII_LETTER = /[a-z]/
// The blocks in which FTS5 knows case. Newer letters with case in them are left out.
const CASED =
  /[\x80-\u037e\u0380-\u0527\u0531-\u0556\u10a0-\u10ff\u1e00-\u2c2e\u2c60-\u2cff\ua640-\ua697\ua722-\ua793\ua7a0-\ua7aa\uff21-\uff3a\u{10400}-\u{10427}]/u
// Other forms of a letter, which have the same upper case.
const VARIANTS: ReadonlyMap<string, string> = new Map([
  ...(['µμ', 'ſs', 'ςσ', 'ϐβ', 'ϑθ', 'ϕφ', 'ϖπ', 'ϰκ', 'ϱρ', 'ϵε', 'ẛs', '\u1fbeι'].map(pair => [
    ...pair,
  ]) as [string, string][]),
])
