/** While something is accepted, a wait goes on for so many times the limit and no longer: its client waits for an answer, too. */
const MOST_TIMES = 2

/** Waits for others, but not for ever. */
export class TimeLimit {
  readonly #limit: number
  readonly #progressAt: () => number
  readonly #waiting = new Set<(error: Error) => void>()

  /**
   * @param limit milliseconds that one wait may take without progress
   * @param progressAt when there was some for the last time, by performance.now()
   */
  constructor(limit: number, progressAt: () => number) {
    this.#limit = limit
    this.#progressAt = progressAt
  }

  /** What becomes of the promise; rejects with what `late` gives when that takes too long. */
  wait<T>(promise: Promise<T>, late: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const begun = performance.now()
      const end = () => {
        clearTimeout(timer)
        this.#waiting.delete(fail)
      }
      const fail = (error: Error) => {
        end()
        reject(error)
      }
      const look = () => {
        const left = this.#endOf(begun) - performance.now()
        if (left <= 0) fail(late())
        else timer = setTimeout(look, left + 1)
      }
      let timer = setTimeout(look, this.#limit)
      this.#waiting.add(fail)
      promise.then(value => {
        end()
        resolve(value)
      }, fail)
    })
  }

  /** Ends all waiting. */
  giveUp(reason: Error): void {
    for (const fail of this.#waiting) fail(reason)
  }

  #endOf(begun: number): number {
    return Math.min(Math.max(begun, this.#progressAt()) + this.#limit, begun + MOST_TIMES * this.#limit)
  }
}
