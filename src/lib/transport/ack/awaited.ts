/** Events that have to come in time after others: it is known how many are awaited, and not from whom. */
export class Awaited {
  readonly #most: number
  readonly #late: () => void
  /** Since when, oldest first. */
  readonly #since: number[] = []
  /** Those that came before they were awaited. */
  #early = 0

  /** @param late called for each that has not come after `most` milliseconds */
  constructor(most: number, late: () => void) {
    this.#most = most
    this.#late = late
  }

  /** One more is awaited. */
  begin(): void {
    if (this.#early > 0) {
      this.#early--
      return
    }
    this.#since.push(performance.now())
    // A process that was held up reads first what has come meanwhile.
    setTimeout(() => setImmediate(() => this.#check()), this.#most + 1).unref()
  }

  /** One has come; what a socket receives and what its monitor tells come in any order. */
  came(): void {
    if (this.#since.shift() === undefined) this.#early++
  }

  #check(): void {
    const [since] = this.#since
    if (since === undefined || performance.now() - since < this.#most) return
    this.#since.shift()
    this.#late()
  }
}
