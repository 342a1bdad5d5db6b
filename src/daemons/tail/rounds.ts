/** Looks at many names a few at a time, so that one look after the other never takes more than its share of the time. */
export class Rounds {
  #names: readonly string[] = []
  #next = 0

  /** From now on these. The round goes on. */
  set(names: readonly string[]): void {
    this.#names = names
    if (this.#next >= names.length) this.#next = 0
  }

  /**
   * Goes on with the round for at most so many milliseconds, and at most once round.
   * @returns whether all were looked at
   */
  go(look: (name: string) => void, most: number, now = () => performance.now()): boolean {
    const end = now() + most
    for (let n = 0; n < this.#names.length; n++) {
      if (n % TIMED === TIMED - 1 && now() > end) return false
      look(this.#names[this.#next]!)
      this.#next = (this.#next + 1) % this.#names.length
    }
    return true
  }
}

/** To ask for the time takes a part of what a look takes. */
const TIMED = 16
