import { accounted, addReceipt, type Receipt } from './receipt.ts'

/**
 * What a stage took in and what became of it. They balance at any moment:
 * in + made = stored + sent + duplicate + dead + merged + dropped + held.
 */
export class Books {
  #taken = 0
  #held = 0
  readonly #outcomes: Receipt = {}
  #idle: PromiseWithResolvers<void> | undefined

  take(records: number): void {
    this.#taken += records
    this.#held += records
  }

  /** Enters the receipt of `records` that were taken before. */
  settle(records: number, receipt: Receipt): void {
    this.#held -= records
    addReceipt(this.#outcomes, receipt)
    if (this.#held === 0 && this.#idle) {
      this.#idle.resolve()
      this.#idle = undefined
    }
  }

  /** Records that are neither stored, sent, nor given up. */
  get held(): number {
    return this.#held
  }

  /** Settles as soon as nothing is held. */
  idle(): Promise<void> {
    if (this.#held === 0) return Promise.resolve()
    this.#idle ??= Promise.withResolvers()
    return this.#idle.promise
  }

  get balanced(): boolean {
    return this.#taken + (this.#outcomes.made ?? 0) === accounted(this.#outcomes) + this.#held
  }

  /** The books as `/status` shows them. */
  toJSON(): { in: number; held: number; balanced: boolean } & Receipt {
    return { in: this.#taken, ...this.#outcomes, held: this.#held, balanced: this.balanced }
  }
}
