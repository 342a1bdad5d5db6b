/** What takes a frame in pieces. */
export interface Holder {
  /** Bytes of a frame that has not ended, as far as they are in memory. */
  readonly held: number
}

/** Bytes of frames whose ends have not come, of all connections together. */
const MOST = 64 * 1024 * 1024

/**
 * Bounds what connections hold in memory of messages that do not end: a thousand of them with a megabyte each would be more than
 * all the rest. Over the bound, the connection that holds most is ended.
 */
export class Unfinished {
  readonly #most: number
  readonly #held = new Map<Holder, { bytes: number; end: () => void }>()
  #total = 0

  constructor(most = MOST) {
    this.#most = most
  }

  /** After a framing has taken something. */
  note(framing: Holder, end: () => void): void {
    const before = this.#held.get(framing)
    const bytes = framing.held
    this.#total += bytes - (before?.bytes ?? 0)
    if (before) before.bytes = bytes
    else if (bytes > 0) this.#held.set(framing, { bytes, end })
    if (this.#total > this.#most) this.#endLargest()
  }

  forget(framing: Holder): void {
    this.#total -= this.#held.get(framing)?.bytes ?? 0
    this.#held.delete(framing)
  }

  #endLargest(): void {
    const [framing, { end }] = this.#held
      .entries()
      .reduce((largest, one) => (one[1].bytes > largest[1].bytes ? one : largest))
    this.forget(framing)
    end()
  }
}
