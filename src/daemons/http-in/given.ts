import type { Feed, LogRecord, Receipt } from '../../lib/index.ts'
import { stopping } from './refusal.ts'

/** The records of one request. */
export class Given {
  readonly feed: Feed
  readonly #accepted: () => void
  readonly #receipts: Promise<Receipt>[] = []
  count = 0

  /** @param accepted told whenever some of them are accepted */
  constructor(feed: Feed, accepted: () => void) {
    this.feed = feed
    this.#accepted = accepted
  }

  emit(records: LogRecord[]): void {
    if (records.length === 0) return
    this.count += records.length
    const receipt = this.feed.emit(records)
    receipt.then(this.#accepted, () => {})
    this.#receipts.push(receipt)
  }

  /** Also what was refused on the way is safe then. Throws Refusal where that will not be. */
  async accepted(): Promise<void> {
    try {
      await Promise.all([...this.#receipts, this.feed.emit([])])
    } catch {
      throw stopping()
    }
  }
}
