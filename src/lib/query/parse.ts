// The query language of docs/store.md, by recursive descent:
//
//   query    = and { "OR" and }
//   and      = not { [ "AND" ] not }
//   not      = { "-" | "NOT" } primary
//   primary  = "(" query ")" | word | quoted | field operator value | field ":(" query of values ")"

import type { Query } from './ast.ts'
import { clip, QueryError } from './query-error.ts'
import { type Field, type Piece, Scanner } from './scan.ts'
import { simplify } from './simplify.ts'
import { askField, askWords } from './term.ts'

export { QueryError } from './query-error.ts'
export { simplify } from './simplify.ts'
export { parseTime } from './time.ts'

// More is a mistake or an attack: no stack and no index should have to take it.
// The parser of FTS5 has a stack of its own: it overflows between 30 and 40 levels.
const MAX_DEPTH = 24
const MAX_TERMS = 256
// Each is as many words as begin so, and an index has to read all of them.
const MAX_PREFIXES = 16

/** What a query means. Times as `-15m` count from `now`, epoch ms. Throws QueryError. */
export function parseQuery(text: string, now: number): Query {
  const parser = new Parser(text, now)
  return simplify(parser.parse())
}

class Parser {
  private readonly scanner: Scanner
  private readonly now: number
  private depth = 0
  private terms = 0
  private prefixes = 0

  constructor(text: string, now: number) {
    this.scanner = new Scanner(text)
    this.now = now
  }

  parse(): Query {
    if (this.scanner.peek() === '') return { kind: 'all' }
    const query = this.or(undefined)
    if (this.scanner.peek() === ')') throw this.fault('there is no opening parenthesis for this one')
    return query
  }

  /** @param field that the values in parentheses are of */
  private or(field: Field | undefined): Query {
    const parts = [this.and(field)]
    while (this.scanner.peek() !== '' && this.scanner.keyword() === 'OR') {
      this.skip('OR')
      parts.push(this.and(field))
    }
    return { kind: 'or', parts }
  }

  private and(field: Field | undefined): Query {
    const parts = [this.not(field)]
    for (;;) {
      const c = this.scanner.peek()
      const keyword = this.scanner.keyword()
      if (c === '' || c === ')' || keyword === 'OR') return { kind: 'and', parts }
      if (keyword === 'AND') this.skip('AND')
      parts.push(this.not(field))
    }
  }

  private not(field: Field | undefined): Query {
    const c = this.scanner.peek()
    const keyword = this.scanner.keyword()
    if (keyword === 'NOT') return this.nested(() => this.negated('NOT', field))
    if (keyword !== undefined) throw this.fault(`there is nothing in front of ${keyword}`, keyword.length)
    if (c === '-') return this.nested(() => this.negated('-', field))
    return this.primary(field)
  }

  private negated(sign: 'NOT' | '-', field: Field | undefined): Query {
    this.skip(sign)
    return { kind: 'not', part: this.not(field) }
  }

  private primary(field: Field | undefined): Query {
    const c = this.scanner.peek()
    if (c === '(') return this.nested(() => this.group(field))
    if (c === ')') throw this.fault('there is no opening parenthesis for this one')
    const named = field === undefined && c !== '"' ? this.scanner.field() : undefined
    if (named !== undefined) return this.named(named)
    const piece = this.piece()
    return field === undefined ? this.words(piece) : this.value(field, piece)
  }

  private named(field: Field): Query {
    const { scanner } = this
    const c = scanner.text.charAt(field.end)
    if (c === '' || c === ')' || /\s/.test(c)) throw this.valueMissing(field)
    if (c !== '(') return this.value(field, this.piece())
    if (field.operator === ':') return this.nested(() => this.group(field))
    throw this.fault(`only ":" can stand in front of parentheses; write ${field.operator} with one value`)
  }

  private group(field: Field | undefined): Query {
    const { scanner } = this
    const start = scanner.at
    this.skip('(')
    const query = this.or(field)
    if (scanner.peek() !== ')') throw new QueryError('there is no closing parenthesis', start, 1)
    scanner.at++
    return query
  }

  /** Goes behind what must be followed by something. */
  private skip(sign: '(' | '-' | 'AND' | 'OR' | 'NOT'): void {
    const { scanner } = this
    const start = scanner.at
    scanner.at += sign.length
    const lonely = sign === '-' && /\s/.test(scanner.text.charAt(scanner.at))
    const c = scanner.peek()
    if (sign === '(' && c === '') throw new QueryError('there is no closing parenthesis', start, 1)
    if (sign === '(' && c === ')') {
      throw new QueryError('there is nothing in the parentheses', start, scanner.at + 1 - start)
    }
    if (sign === '-' && (lonely || c === '' || c === ')')) {
      throw new QueryError('"-" has no letter or digit; put it in quotes together with others', start, 1)
    }
    const keyword = scanner.keyword()
    if (c === '' || c === ')' || (sign !== '(' && keyword !== undefined && keyword !== 'NOT')) {
      throw new QueryError(`there is nothing behind ${sign}`, start, sign.length)
    }
  }

  private piece(): Piece {
    return this.scanner.peek() === '"' ? this.scanner.quoted() : this.scanner.bare()
  }

  private words(piece: Piece): Query {
    const query = askWords(piece)
    this.count(piece, query.kind === 'words' ? query.words.length : 1)
    if (query.kind === 'words' && query.prefix && ++this.prefixes > MAX_PREFIXES) {
      const { start, end } = piece
      throw new QueryError(
        `there are too many words with *; write at most ${MAX_PREFIXES}`,
        start,
        end - start,
      )
    }
    return query
  }

  private value(field: Field, piece: Piece): Query {
    this.count(piece, 1)
    return askField(field, piece, this.now)
  }

  private count({ start, end }: Piece, terms: number): void {
    this.terms += terms
    if (this.terms <= MAX_TERMS) return
    throw new QueryError(`there are too many words; write at most ${MAX_TERMS}`, start, end - start)
  }

  private nested(read: () => Query): Query {
    if (++this.depth > MAX_DEPTH)
      throw this.fault(`this is nested too deeply; write at most ${MAX_DEPTH} levels`)
    const query = read()
    this.depth--
    return query
  }

  private valueMissing({ start, end }: Field): QueryError {
    const written = clip(this.scanner.text.slice(start, end))
    const message = `there is no value behind ${written}; write it without a space, or put the text in quotes`
    return new QueryError(message, start, end - start)
  }

  private fault(message: string, length = 1): QueryError {
    return new QueryError(message, this.scanner.at, length)
  }
}
