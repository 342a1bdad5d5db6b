import { isPrintOf, PROOF, type Print } from './print.ts'

/** Positions that are kept at most. */
const MOST = 16

/** A position in a text, and what is before it. */
export interface Mark {
  readonly offset: number
  readonly tail: Print
}

/**
 * Some positions up to which an origin was read, the latest ones closest together. When logrotate copies a file and then truncates it
 * (copytruncate), what is written in between may have been read by us and is not in the copy: by them the copy is known all the same.
 */
export class Marks {
  #marks: Mark[] = []

  add({ offset, tail }: Mark): void {
    if (tail.length < PROOF) return
    if (this.#marks.length === MOST) this.#marks = this.#marks.filter((_, n) => n % 2 === 0)
    this.#marks.push({ offset, tail })
  }

  get all(): readonly Mark[] {
    return this.#marks
  }

  /** The last one that is within so many bytes, and a proof. */
  within(size: number): Mark | undefined {
    return this.#marks.findLast(mark => isProof(mark, size))
  }
}

/** Whether it can prove whose text of so many bytes it is: in the first half of them it cannot. */
export function isProof({ offset }: Mark, size: number): boolean {
  return offset <= size && offset * 2 >= size
}

export function isMarkIn({ tail }: Mark, text: Buffer): boolean {
  return isPrintOf(tail, text, 0)
}
