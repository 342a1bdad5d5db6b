/** Finds the ends of lines in pieces of bytes, where several bytes may end one, in one pass over them. */
export class LineEnds {
  readonly #marks: readonly number[]
  /** Where each of them comes next; beyond the piece where it does not. */
  readonly #next: number[]
  #bytes: Buffer = Buffer.alloc(0)

  constructor(marks: readonly number[]) {
    this.#marks = marks
    this.#next = marks.map(() => 0)
  }

  isEnd(byte: number | undefined): boolean {
    return this.#marks.includes(byte!)
  }

  /** From now on it is about this piece. */
  begin(bytes: Buffer): void {
    this.#bytes = bytes
    this.#next.fill(-1)
  }

  /** The first end from `at` on, which only grows; -1 where there is none. */
  next(at: number): number {
    let first = this.#bytes.length
    for (let n = 0; n < this.#marks.length; n++) {
      if (this.#next[n]! < at) {
        const found = this.#bytes.indexOf(this.#marks[n]!, at)
        this.#next[n] = found < 0 ? this.#bytes.length : found
      }
      if (this.#next[n]! < first) first = this.#next[n]!
    }
    return first === this.#bytes.length ? -1 : first
  }
}
