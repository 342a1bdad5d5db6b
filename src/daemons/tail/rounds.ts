/** Goes round many names, a few at a time. */
export class Rounds {
  #names: readonly string[] = []
  #next = 0

  /** From now on these. The round goes on. */
  set(names: readonly string[]): void {
    this.#names = names
    if (this.#next >= names.length) this.#next = 0
  }

  /** The next names, at most so many, and each once. */
  *next(most: number): Generator<string> {
    for (let left = Math.min(most, this.#names.length); left > 0; left--) {
      yield this.#names[this.#next]!
      this.#next = (this.#next + 1) % this.#names.length
    }
  }
}
