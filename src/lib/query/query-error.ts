/** What is wrong with a query, what to write instead, and where: UTF-16 units of its text. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
  readonly position: number
  readonly length: number

  constructor(message: string, position: number, length: number) {
    super(message)
    this.position = position
    this.length = length
  }
}

/** As much of a text as fits in a sentence, on one line. */
export function clip(text: string): string {
  const part = text.length > MAX_CLIP ? `${text.slice(0, MAX_CLIP)}…` : text
  return part.replace(/[\s\p{Cc}]/gu, ' ').toWellFormed()
}

const MAX_CLIP = 40
