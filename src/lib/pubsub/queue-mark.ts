/** Bytes that may wait for one subscriber, or at it, about. */
const BYTES = 16 * 2 ** 20
/** And messages. */
const MOST = 10_000
const LEAST = 16

/**
 * How many messages may wait. libzmq counts messages; they are to take no more memory where they are large. The mark
 * goes down as soon as a large one comes, and up again when there has been none in as many as it lets wait.
 */
export class QueueMark {
  mark = MOST
  #seen = 0
  #largest = 0

  /** Returns the mark where it changes. */
  fit(size: number): number | undefined {
    if (size > this.#largest) this.#largest = size
    const mark = markFor(this.#largest)
    if (mark >= this.mark && ++this.#seen < this.mark) return undefined
    this.#seen = 0
    this.#largest = size
    if (mark === this.mark) return undefined
    this.mark = mark
    return mark
  }
}

/** By powers of two, so that it does not change with each message. */
function markFor(size: number): number {
  return Math.min(MOST, Math.max(LEAST, Math.floor(BYTES / 2 ** Math.ceil(Math.log2(Math.max(size, 1))))))
}
