const LF = 0x0a

/** Bytes that come in pieces, given on as whole lines. */
export class WholeLines {
  #rest: Buffer[] = []
  #length = 0

  /** All lines that are complete by now, each ended by LF; undefined when none is. */
  take(piece: Buffer): Buffer | undefined {
    const end = piece.lastIndexOf(LF) + 1
    if (end === 0) {
      this.#rest.push(piece)
      this.#length += piece.length
      return undefined
    }
    const lines =
      this.#length > 0 ? Buffer.concat([...this.#rest, piece.subarray(0, end)]) : piece.subarray(0, end)
    this.#rest = end < piece.length ? [piece.subarray(end)] : []
    this.#length = piece.length - end
    return lines
  }

  /** Bytes of the line that has no end yet. */
  get length(): number {
    return this.#length
  }

  /** Takes what has come of a line that has no end. */
  takeRest(): Buffer {
    const rest = Buffer.concat(this.#rest)
    this.#rest = []
    this.#length = 0
    return rest
  }
}
