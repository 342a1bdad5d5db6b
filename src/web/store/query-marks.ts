// Which parts of a message a query asked for.
import type { Query } from '../../lib/query/ast.ts'
import { parseQuery } from '../../lib/query/parse.ts'
import { fold } from '../../lib/query/text.ts'
import type { Marker, Span } from '../lib/hostile.ts'

interface Phrase {
  words: readonly string[]
  prefix: boolean
}

/** Undefined where there is nothing to mark. */
export function markerOf(query: string): Marker | undefined {
  const phrases: Phrase[] = []
  try {
    collect(parseQuery(query, Date.now()), phrases)
  } catch {
    // The server says what is wrong with it.
    return undefined
  }
  return phrases.length === 0 ? undefined : text => marks(text, phrases)
}

function collect(query: Query, phrases: Phrase[]): void {
  if (query.kind === 'words') phrases.push(query)
  else if (query.kind === 'is' && query.field === 'message')
    phrases.push({ words: fold(query.value), prefix: query.prefix })
  else if (query.kind === 'and' || query.kind === 'or') for (const part of query.parts) collect(part, phrases)
}

const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu

function marks(text: string, phrases: readonly Phrase[]): Span[] {
  const words = [...text.matchAll(WORD)].flatMap(({ 0: word, index }) =>
    fold(word).map(folded => ({ folded, from: index, to: index + word.length })),
  )
  const found: Span[] = []
  for (let at = 0; at < words.length; at++) {
    const lengths = phrases.filter(phrase => begins(words, at, phrase)).map(phrase => phrase.words.length)
    if (lengths.length === 0) continue
    const last = at + Math.max(...lengths) - 1
    found.push({ from: words[at]!.from, to: words[last]!.to })
    at = last
  }
  return found
}

function begins(
  words: readonly { folded: string }[],
  at: number,
  { words: wanted, prefix }: Phrase,
): boolean {
  return (
    wanted.length > 0 &&
    wanted.every((word, index) => {
      const folded = words[at + index]?.folded
      return index === wanted.length - 1 && prefix ? folded?.startsWith(word) : folded === word
    })
  )
}
