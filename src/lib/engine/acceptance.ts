/** Whether what a filter gave on of one batch is accepted. */
export class BatchAcceptance {
  #left = 1
  #failure: { error: unknown } | undefined
  #waiting: { done: () => void; failed: (error: unknown) => void }[] = []

  get isDone(): boolean {
    return this.#left === 0
  }

  /** A part of it that is on its way; `end` or `fail` says what became of it. */
  begin(): void {
    this.#left++
  }

  end(): void {
    if (--this.#left > 0) return
    for (const { done } of this.#waiting) done()
    this.#waiting = []
  }

  /** It is not accepted, and never will be: who brought it has to bring it again. */
  fail(error: unknown): void {
    this.#failure = { error }
    for (const { failed } of this.#waiting) failed(error)
    this.#waiting = []
  }

  notify(done: () => void, failed: (error: unknown) => void): void {
    if (this.isDone) done()
    else if (this.#failure) failed(this.#failure.error)
    else this.#waiting.push({ done, failed })
  }
}
