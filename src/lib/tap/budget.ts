// What taps may cost the process that they look into: it has records to move.

/** Of the time of the process. */
const SHARE = 0.1
/** Milliseconds that may be spent at once, when little was spent before: so many thousand records. */
const MOST = 50

/** A share of the time, all taps of the process together. */
export class Budget {
  #left = MOST
  #at: number

  /** @param now milliseconds of a clock that is not set */
  constructor(now: number) {
    this.#at = now
  }

  /** Milliseconds that may be spent now; none when it is 0 or less. */
  left(now: number): number {
    this.#left = Math.min(MOST, this.#left + (now - this.#at) * SHARE)
    this.#at = now
    return this.#left
  }

  spend(time: number): void {
    this.#left -= time
  }
}
