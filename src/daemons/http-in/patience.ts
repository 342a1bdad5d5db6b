/** Waits for others, but not for ever. */
export class Patience {
  readonly #limit: number
  readonly #waiting = new Set<(error: Error) => void>()

  /** @param limit milliseconds that one wait may take */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** What becomes of the promise; rejects with what `late` gives when that takes too long. */
  wait<T>(promise: Promise<T>, late: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        this.#waiting.delete(fail)
      }
      const fail = (error: Error) => {
        end()
        reject(error)
      }
      const timer = setTimeout(() => fail(late()), this.#limit)
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
}
