// Names and values: `devname="fw1" srcip=192.0.2.7 action=accept`, as Fortinet, SonicWall, Sophos and many others write.
//
// | case                                     | what is done                                                     |
// |------------------------------------------|------------------------------------------------------------------|
// | `name=value`, `name="a value"`,          | the value; quotes are none of it                                 |
// | `name='a value'`                         |                                                                  |
// | `name:"value"; ` (Check Point)           | the same                                                         |
// | a value without quotes                   | ends at white space (`a=1,b=2` is one); commas, semicolons and   |
// |                                          | `|` at its end are none of it: `a=1, b=2`                        |
// | `a=1|b=two words|` (Check Point)         | with a `|` in front of the first space, that stands between them |
// | `\"` and `\\` in quotes                  | `"` and `\`                                                      |
// | a name that comes again                  | its values become a list                                         |
// | words that are no pair                   | left out; the message has them                                   |

import { addValue } from '../../properties.ts'
import { ALPHANUMERIC, behindAll, characterSet, MAX_NAME, PRINTABLE } from '../scan.ts'

type Pairs = { [name: string]: string | string[] }

const NAME = characterSet(`${ALPHANUMERIC}_.@/-`)
const BETWEEN = characterSet(' \t,;|')
const [EQUALS, COLON, QUOTE, APOSTROPHE, BACKSLASH] = [0x3d, 0x3a, 0x22, 0x27, 0x5c]

/** The pairs of a text that begins with one. */
export function readKeyValues(content: string): Pairs | undefined {
  const pairs: Pairs = {}
  return readPairs(content, pairs) > 0 ? pairs : undefined
}

/** The same, of a text that has at least two: one alone is easily a word of somebody's. */
export function readWholeKeyValues(content: string): Pairs | undefined {
  const pairs: Pairs = {}
  return readPairs(content, pairs) > 1 ? pairs : undefined
}

/** Gives how many there were; none, if the text does not begin with one. */
function readPairs(text: string, pairs: Pairs): number {
  const pipe = text.indexOf('|')
  const space = pipe < 0 ? -1 : text.indexOf(' ')
  const readValue = pipe >= 0 && (space < 0 || pipe < space) ? readToPipe : readToSpace
  let count = 0
  for (let at = behindAll(BETWEEN, text, 0); at < text.length; at = behindAll(BETWEEN, text, at)) {
    const nameEnd = behindAll(NAME, text, at, MAX_NAME)
    if (nameEnd > at && isValueAt(text, nameEnd)) {
      at = readValue(text, nameEnd + 1, text.slice(at, nameEnd), pairs)
      count++
    } else if (count === 0) return 0
    else at = behindWord(text, Math.max(nameEnd, at + 1))
  }
  return count
}

function isValueAt(text: string, at: number): boolean {
  const c = text.charCodeAt(at)
  return c === EQUALS || (c === COLON && text.charCodeAt(at + 1) === QUOTE)
}

function readToPipe(text: string, start: number, name: string, pairs: Pairs): number {
  const pipe = text.indexOf('|', start)
  const end = pipe < 0 ? text.length : pipe
  addValue(pairs, name, text.slice(start, end))
  return end
}

function readToSpace(text: string, start: number, name: string, pairs: Pairs): number {
  const c = text.charCodeAt(start)
  if (c === QUOTE || c === APOSTROPHE) return readQuoted(text, start, c, name, pairs)
  const end = behindWord(text, start)
  let valueEnd = end
  while (valueEnd > start && BETWEEN[text.charCodeAt(valueEnd - 1)] === 1) valueEnd--
  addValue(pairs, name, text.slice(start, valueEnd))
  return end
}

function readQuoted(text: string, open: number, quote: number, name: string, pairs: Pairs): number {
  let end = open + 1
  let hasEscape = false
  for (; end < text.length && text.charCodeAt(end) !== quote; end++) {
    if (text.charCodeAt(end) !== BACKSLASH) continue
    hasEscape = true
    end++
  }
  const value = text.slice(open + 1, end)
  addValue(pairs, name, hasEscape ? value.replace(/\\(["'\\])/g, '$1') : value)
  return end + 1
}

const WORD = characterSet(PRINTABLE)

/** The end of the word: at white space, and not in the middle of a character beyond US-ASCII. */
function behindWord(text: string, start: number): number {
  let at = start
  while (at < text.length && (WORD[text.charCodeAt(at)] === 1 || text.charCodeAt(at) > 0x7f)) at++
  return at
}
