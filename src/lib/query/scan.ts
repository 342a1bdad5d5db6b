// The characters of a query to its pieces: names with their operators, words, what is quoted.

import { CANONICAL_NAMES, canonicalName } from './fields.ts'
import { clip, QueryError } from './query-error.ts'

/** A word, a value or what is quoted, without backslashes and the star behind it. */
export interface Piece {
  readonly text: string
  /** With them. */
  readonly written: string
  readonly start: number
  readonly end: number
  readonly quoted: boolean
  /** There is a star behind it. */
  readonly prefix: boolean
}

/** The name of a field with the operator behind it. */
export interface Field {
  /** Canonical. */
  readonly name: string
  readonly operator: ':' | '<' | '<=' | '>=' | '>'
  readonly start: number
  readonly end: number
}

export type Keyword = 'AND' | 'OR' | 'NOT'

const KEYWORD = /(?:AND|OR|NOT)(?![^\s()"])/y
const SPACES = /\s*/y
const OPERATOR = /[<>]=?|:/y
const WORD_END = /[\s()"]/
const NAME = /^(?:[\p{L}_@$]|\\)/u
const OPERATORS = [':', '<', '>', '=']
const MAX_NAME = 256

export class Scanner {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  /** The character here, behind white space; empty at the end. */
  peek(): string {
    SPACES.lastIndex = this.at
    SPACES.test(this.text)
    this.at = SPACES.lastIndex
    return this.text.charAt(this.at)
  }

  keyword(): Keyword | undefined {
    KEYWORD.lastIndex = this.at
    return KEYWORD.exec(this.text)?.[0] as Keyword | undefined
  }

  /** Reads the name of a field and its operator, if that is what is here. */
  field(): Field | undefined {
    const { text, at: start } = this
    if (OPERATORS.includes(text.charAt(start))) return undefined
    for (let at = start; !this.isWordEnd(at); at++) {
      const c = text[at]!
      if (c === '\\') at++
      else if (c !== '=' && OPERATORS.includes(c)) return this.named(at)
      else if (c === '=' && at - start <= MAX_NAME) this.refuseEquals(start, at)
    }
    return undefined
  }

  private named(at: number): Field {
    const start = this.at
    const written = this.text.slice(start, at)
    if (!NAME.test(written) || /[=*]/.test(written) || written.length > MAX_NAME) {
      throw this.error(
        `"${clip(written)}" is no name of a field; put the text in quotes to find it`,
        start,
        this.wordEnd(at),
      )
    }
    OPERATOR.lastIndex = at
    const operator = OPERATOR.exec(this.text)![0] as Field['operator']
    this.at = at + operator.length
    return { name: canonicalName(unescaped(written)), operator, start, end: this.at }
  }

  /** `=` is text, as in `uid=0`, but not where it looks like a question about a field. */
  private refuseEquals(start: number, at: number): void {
    const written = this.text.slice(start, at)
    if (written.endsWith('!') && NAME.test(written)) {
      const name = clip(written.slice(0, -1))
      throw this.error(`there is no operator "!="; write -${name}:value`, start, at + 1)
    }
    const name = canonicalName(written)
    if (name === 'time') {
      throw this.error('there is no operator "=" for time; write time>= and time<', start, at + 1)
    }
    if (!CANONICAL_NAMES.includes(name)) return
    const end = this.wordEnd(at)
    const text = clip(this.text.slice(start, end))
    throw this.error(`write ${written}:value for the field, or "${text}" in quotes for the text`, start, end)
  }

  /** What is between the quotes. A backslash protects a quote and itself, and is a character before others. */
  quoted(): Piece {
    const { text, at: start } = this
    let at = start + 1
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
    if (at >= text.length) throw this.error('there is no closing quote', start, text.length)
    const content = text.slice(start + 1, at).replace(/\\(["\\])/g, '$1')
    const prefix = text[at + 1] === '*'
    this.at = at + (prefix ? 2 : 1)
    return { text: content, written: text.slice(start, this.at), start, end: this.at, quoted: true, prefix }
  }

  /** A word up to a space, parenthesis or quote. A backslash makes any character text. */
  bare(): Piece {
    const { text, at: start } = this
    const end = this.wordEnd(start)
    let star = -1
    for (let at = start; at < end && star === -1; at++) {
      if (text[at] === '\\') at++
      else if (text[at] === '*') star = at
    }
    const written = text.slice(start, end)
    if (star !== -1 && star !== end - 1) {
      if (!/[\p{L}\p{N}]/u.test(written)) throw this.error(noLetter(written), start, end)
      throw this.error('a star can only stand at the end; write the beginning of the word', star, star + 1)
    }
    this.at = end
    const content = unescaped(text.slice(start, star === -1 ? end : star))
    return { text: content, written, start, end, quoted: false, prefix: star !== -1 }
  }

  error(message: string, start: number, end: number): QueryError {
    return new QueryError(message, start, end - start)
  }

  private isWordEnd(at: number): boolean {
    return at >= this.text.length || WORD_END.test(this.text[at]!)
  }

  private wordEnd(start: number): number {
    let at = start
    while (!this.isWordEnd(at)) at += this.text[at] === '\\' ? 2 : 1
    return Math.min(at, this.text.length)
  }
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/gs, '$1') : text
}

export function noLetter(written: string): string {
  return `"${clip(written)}" has no letter or digit; put it in quotes together with others`
}
