/** Controls of a terminal (C0 and C1), and what turns the direction of the text around them or cannot be seen. */
const UNSEEN = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** A text that somebody else has written, on one line of a terminal. */
export function printable(text: string, most = Number.POSITIVE_INFINITY): string {
  const short = text.length > most ? `${text.slice(0, most)}…` : text
  return short.replace(UNSEEN, '?')
}
