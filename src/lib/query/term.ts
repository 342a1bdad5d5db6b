// What a word, or a field with a value, asks for.

import type { Query } from './ast.ts'
import { SEVERITY_WORDS, severityRank, severityRanks } from './fields.ts'
import { numberOf } from './number.ts'
import { clip, QueryError } from './query-error.ts'
import { type Field, noLetter, type Piece } from './scan.ts'
import { fold, foldValue } from './text.ts'
import { parseTime } from './time.ts'

/** Text to find anywhere; what is not letter or digit in it separates words that stand side by side. */
export function askWords(piece: Piece): Query {
  if (isStar(piece)) return { kind: 'all' }
  if (!piece.quoted && OPERATOR_FIRST.test(piece.written)) throw lostOperator(piece)
  const words = fold(piece.text)
  if (words.length === 0) {
    throw fault(piece, noLetter(piece.written))
  }
  // `10.0.*` asks for what follows the dot, not for words that begin with 0.
  const prefix = piece.prefix && fold(`${piece.text}a`).length === words.length
  return { kind: 'words', words, prefix }
}

const OPERATOR_FIRST = /^(?:!=|[:<>=])(?:=?$|.*[\p{L}\p{N}])/su

function lostOperator(piece: Piece): QueryError {
  const instead = 'write field and value without spaces, as in status>=500, or put the text in quotes'
  return fault(piece, `there is no field in front of this; ${instead}`)
}

/** A value behind the name of a field and its operator. */
export function askField(field: Field, piece: Piece, now: number): Query {
  const { name, operator } = field
  if (operator === ':') return equalTo(field, piece)
  if (piece.prefix) throw fault(piece, `a star cannot stand behind ${operator}; write the whole value`)
  if (name === 'severity') return { kind: 'rank', operator, rank: rankOf(piece) }
  if (name === 'time') return { kind: 'time', operator, at: timeOf(piece, now) }
  const value = numberOf(piece.text)
  if (value !== undefined) return { kind: 'number', field: name, operator, value }
  const example = `${clip(name)}${operator}500`
  throw fault(
    piece,
    `"${clip(piece.text)}" is not a number; write for example ${example}, or the text in quotes`,
  )
}

function equalTo(field: Field, piece: Piece): Query {
  const { name } = field
  const { text, written, prefix, quoted } = piece
  if (isStar(piece)) return name === 'time' ? { kind: 'all' } : { kind: 'has', field: name }
  if (name === 'time') {
    const message = 'time can only be compared; write time>= for its start and time< for its end'
    throw faultOfBoth(field, piece, message)
  }
  if (!quoted && /^[<>=]/.test(written)) {
    throw fault(piece, `write the operator without ":" and without parentheses, as in ${clip(name)}>=500`)
  }
  if (!quoted && /^(?::|\/\/)/.test(written)) {
    const message = 'put the text in quotes to find it; ":" stands between a field and its value'
    throw faultOfBoth(field, piece, message)
  }
  const ranks = name === 'severity' ? ranksOf(piece) : []
  if (ranks.length > 0)
    return { kind: 'or', parts: ranks.map(rank => ({ kind: 'rank', operator: '=', rank })) }
  return { kind: 'is', field: name, value: foldValue(text), prefix }
}

/** Ranks, not words, because one severity has several words. None: one that only some program has, in quotes. */
function ranksOf(piece: Piece): number[] {
  const { text, prefix, quoted } = piece
  const ranks = prefix ? severityRanks(text) : [severityRank(text) ?? []].flat()
  return ranks.length > 0 || quoted ? ranks : [rankOf(piece)]
}

function rankOf(piece: Piece): number {
  const rank = severityRank(piece.text)
  if (rank !== undefined) return rank
  throw fault(piece, `"${clip(piece.text)}" is not a severity; write one of ${SEVERITY_WORDS.join(', ')}`)
}

function timeOf(piece: Piece, now: number): number {
  try {
    return parseTime(piece.text, now)
  } catch (error) {
    throw fault(piece, (error as RangeError).message)
  }
}

function isStar({ text, prefix, quoted }: Piece): boolean {
  return prefix && !quoted && text === ''
}

function fault({ start, end }: Piece, message: string): QueryError {
  return new QueryError(message, start, end - start)
}

/** The field and its value are wrong together, unless others stand between them, in parentheses. */
function faultOfBoth(field: Field, { start, end }: Piece, message: string): QueryError {
  const from = field.end === start ? field.start : start
  return new QueryError(message, from, end - from)
}
