/**
 * The same text of Latin-1, as all headers are, in memory of its own: V8 keeps, with what was cut out of a text, all of that text. For what
 * is kept.
 */
export function copyOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
