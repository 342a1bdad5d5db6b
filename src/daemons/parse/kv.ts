// Keys with values: `a=b c="d e" f=`, as logfmt, firewalls and auditd write them. Words without a value are left over.

import type { Format, Output, ParseError } from './outcome.ts'
import type { Put } from './typed.ts'

/** More are no log, and each would be a field in the mapping of an index. */
const MOST = 1000
const META = '@meta'
const QUOTE = '"'
const BACKSLASH = '\\'

export interface KvOptions {
  /** Between pairs; without one, any white space. */
  pairSeparator: string | undefined
  /** Between a key and its value. */
  valueSeparator: string
}

/** A key that comes again has a list. */
type Pairs = Map<string, string | string[]>

export function createKv(options: KvOptions, put: Put): Format {
  const isEnd = options.pairSeparator === undefined ? isSpace : isText(options.pairSeparator)
  const field = { name: '', type: 'text' as const }
  return (text, output) => {
    const pairs: Pairs = new Map()
    const wrong = readPairs(text, options, isEnd, pairs, output)
    if (wrong) return wrong
    const meta = pairs.get(META)
    if (meta !== undefined) {
      // Last, when it is known which names are free.
      pairs.delete(META)
      pairs.set(META, meta)
    }
    let error: ParseError | undefined
    for (const [name, value] of pairs) {
      field.name = name
      error = put(output, field, value) ?? error
    }
    return error
  }
}

/** How long the separator of pairs at this place is; 0 where there is none. */
type IsEnd = (text: string, at: number) => number

const isSpace: IsEnd = (text, at) => {
  const code = text.charCodeAt(at)
  return code === 0x20 || (code >= 9 && code <= 13) ? 1 : 0
}

function isText(separator: string): IsEnd {
  return (text, at) => (text.startsWith(separator, at) ? separator.length : 0)
}

function readPairs(
  text: string,
  options: KvOptions,
  isEnd: IsEnd,
  pairs: Pairs,
  output: Output,
): ParseError | undefined {
  const { valueSeparator } = options
  for (let at = 0; at < text.length; ) {
    const separator = separatorFrom(text, at, valueSeparator, isEnd)
    if (separator < 0) {
      output.leftOver ||= hasWord(text.slice(at, -separator), options.pairSeparator)
      at = -separator
      continue
    }
    const key = text.slice(at, separator).trim()
    const start = separator + valueSeparator.length
    const quoted = text[start] === QUOTE
    const end = quoted ? endOfQuoted(text, start) : endOfBare(text, start, isEnd)
    if (end < 0) return 'bad-quotes'
    const value = quoted ? unescaped(text.slice(start + 1, end - 1)) : text.slice(start, end)
    if (key !== '') add(pairs, key, value)
    else output.leftOver = true
    if (pairs.size > MOST) return 'too-many-fields'
    at = end
  }
  return pairs.size === 0 ? 'no-match' : undefined
}

/** Where the separator behind a key stands; where there is none before the end of the word, the place behind that, negative. */
function separatorFrom(text: string, start: number, valueSeparator: string, isEnd: IsEnd): number {
  const first = valueSeparator.charCodeAt(0)
  for (let at = start; at < text.length; at++) {
    if (text.charCodeAt(at) === first && text.startsWith(valueSeparator, at)) return at
    const skip = isEnd(text, at)
    if (skip > 0) return -(at + skip)
  }
  return -text.length
}

/** Whether there is anything in front of the separator. */
function hasWord(text: string, pairSeparator = ''): boolean {
  const end = text.endsWith(pairSeparator) ? text.length - pairSeparator.length : text.length
  return text.slice(0, end).trim() !== ''
}

function endOfBare(text: string, start: number, isEnd: IsEnd): number {
  let end = start
  while (end < text.length && isEnd(text, end) === 0) end++
  return end
}

function add(pairs: Pairs, key: string, value: string): void {
  const before = pairs.get(key)
  if (before === undefined) pairs.set(key, value)
  else if (typeof before === 'string') pairs.set(key, [before, value])
  else before.push(value)
}

/** Behind the quote that closes the value; -1 when there is none. */
function endOfQuoted(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === BACKSLASH) at++
    else if (text[at] === QUOTE) return at + 1
  }
  return -1
}

const ESCAPED: { readonly [letter: string]: string } = { n: '\n', r: '\r', t: '\t' }

/** As logfmt writes them; any other backslash is itself (`C:\Users`). */
function unescaped(text: string): string {
  if (!text.includes(BACKSLASH)) return text
  return text.replace(/\\(["\\nrt])/g, (_, c: string) => ESCAPED[c] ?? c)
}
