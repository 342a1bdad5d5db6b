// Text from strangers, made safe to look at: characters that cannot be seen, or that change how others are seen (bidi
// controls, https://trojansource.codes), become visible escapes. That it is never HTML is the business of whoever shows
// the pieces: as text nodes.

export interface Piece {
  kind: 'text' | 'mark' | 'escape'
  text: string
}

/** A part of a text, in UTF-16 units; `to` is behind the last one. */
export interface Span {
  from: number
  to: number
}

/** Marks in a text, found only where the text is shown. */
export type Marker = (text: string) => readonly Span[]

// C0 but tab, C1, soft hyphen, fillers, bidi and format controls, separators, lone surrogates, tags. Not the joiners
// U+200C and U+200D, without which Persian and many emoji cannot be written.
const UNSEEN =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each of them by itself is meant
  /[\u0000-\u0008\n-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\p{Cs}\u{e0000}-\u{e007f}]/gu

/** Cuts `text` into what is shown as it is, what is marked, and escapes. `lines`: line feeds stay what they are. */
export function pieces(text: string, marks: readonly Span[] = [], lines = false): Piece[] {
  const found: Piece[] = []
  let at = 0
  for (const { from, to } of marks) {
    if (from < at) continue
    escapeInto(found, text.slice(at, from), 'text', lines)
    escapeInto(found, text.slice(from, to), 'mark', lines)
    at = to
  }
  escapeInto(found, text.slice(at), 'text', lines)
  return found
}

function escapeInto(found: Piece[], text: string, kind: Piece['kind'], lines: boolean): void {
  let at = 0
  for (const { 0: character, index } of text.matchAll(UNSEEN)) {
    if (lines && character === '\n') continue
    if (index > at) found.push({ kind, text: text.slice(at, index) })
    found.push({ kind: 'escape', text: escapeOf(character) })
    at = index + character.length
  }
  if (at < text.length) found.push({ kind, text: text.slice(at) })
}

function escapeOf(character: string): string {
  if (character === '\n') return '↵'
  return `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`
}

/** The same as one string, for places that have no pieces: titles, names for screen readers. */
export function visible(text: string): string {
  return text.replace(UNSEEN, escapeOf)
}

/** The first `length` units of a text, without half a character at the end. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)
}
