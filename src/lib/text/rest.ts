const LEAST = 256

/**
 * The beginning of a frame whose end has not come: one piece of memory, however many small pieces it comes in (a Buffer each
 * would be a hundred bytes of memory for each byte of somebody who sends them one by one).
 */
export class Rest {
  #memory: Buffer | undefined
  #length = 0

  get length(): number {
    return this.#length
  }

  add(bytes: Buffer, start: number, end: number): void {
    const length = this.#length + end - start
    if (!this.#memory || this.#memory.length < length) this.#grow(length)
    bytes.copy(this.#memory!, this.#length, start, end)
    this.#length = length
  }

  /** All of it, which is good until the next `add`. It is empty afterwards. */
  take(): Buffer {
    const taken = this.#memory?.subarray(0, this.#length) ?? Buffer.alloc(0)
    this.#memory = undefined
    this.#length = 0
    return taken
  }

  #grow(length: number): void {
    const memory = Buffer.allocUnsafeSlow(Math.max(LEAST, length, 2 * (this.#memory?.length ?? 0)))
    this.#memory?.copy(memory, 0, 0, this.#length)
    this.#memory = memory
  }
}
