/** Requests that have been handed over and wait for their answer: how long the way is that lies before one more. */
export class Unanswered {
  readonly #now: () => number
  /** When they were handed over, the oldest one first. */
  readonly #since = new Set<{ at: number }>()

  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /** Milliseconds that the oldest one has waited; 0 when there is none. */
  get age(): number {
    const [oldest] = this.#since
    return oldest ? this.#now() - oldest.at : 0
  }

  /** One more waits. Returns what is to be called when it does no longer; with `true` when it was accepted. */
  add(): (isAccepted: boolean) => void {
    const one = { at: this.#now() }
    this.#since.add(one)
    return isAccepted => {
      // Those that were there before it hang somewhere by themselves: they say nothing about the others.
      if (isAccepted && this.#since.has(one))
        for (const older of this.#since) {
          if (older === one) break
          this.#since.delete(older)
        }
      this.#since.delete(one)
    }
  }
}
