/** A set of numbers that come in order, more or less: the runs of them, the lowest first. */
export class NumberRanges {
  /** First and last number of each run; between two runs a number is missing. */
  #runs: [first: number, last: number][] = []

  /** How many runs there are. */
  get runs(): number {
    return this.#runs.length
  }

  add(number: number): void {
    const at = this.#after(number)
    const [before, after] = [this.#runs[at - 1], this.#runs[at]]
    if (before && number <= before[1]) return
    const joins = before?.[1] === number - 1
    if (joins && after?.[0] === number + 1) {
      before[1] = after[1]
      this.#runs.splice(at, 1)
    } else if (joins) before[1] = number
    else if (after?.[0] === number + 1) after[0] = number
    else this.#runs.splice(at, 0, [number, number])
  }

  has(number: number): boolean {
    const before = this.#runs[this.#after(number) - 1]
    return before !== undefined && number <= before[1]
  }

  /** Takes out all numbers below this one. */
  forget(from: number): void {
    const at = this.#after(from)
    const before = this.#runs[at - 1]
    if (!before) return
    const reaches = from <= before[1]
    if (reaches) before[0] = from
    this.#runs.splice(0, reaches ? at - 1 : at)
  }

  /** Index of the first run that begins after this number. */
  #after(number: number): number {
    let [low, high] = [0, this.#runs.length]
    // Mostly it is one of the latest.
    if (high > 0 && number >= this.#runs[high - 1]![0]) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#runs[middle]![0] <= number) low = middle + 1
      else high = middle
    }
    return low
  }
}
