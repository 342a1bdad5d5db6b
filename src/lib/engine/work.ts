import type { LogRecord } from '../record.ts'
import { BatchAcceptance } from './acceptance.ts'
import { addReceipt, type Receipt } from './receipt.ts'

/**
 * A batch that a filter has taken and not yet acknowledged. It is done when each of its pieces is: the outputs
 * that were sent on, the records that were held back, the refused ones on their way to the dead letters.
 */
export class Work {
  /** Of the pieces that were sent on. */
  readonly acceptance = new BatchAcceptance()
  readonly #settled = Promise.withResolvers<Receipt>()
  readonly #receipt: Receipt = {}
  /** How often the filter disposed of a record, as long as it has not said what became of it. */
  readonly #disposed = new Map<LogRecord, number>()
  // The first piece is the filter's own pass over the batch.
  #pieces = 1

  /** Settles with the receipt of the whole batch. */
  get done(): Promise<Receipt> {
    return this.#settled.promise
  }

  /** A piece whose receipt comes later, by `end`. */
  begin(): void {
    this.#pieces++
  }

  end(receipt: Receipt): void {
    addReceipt(this.#receipt, receipt)
    if (--this.#pieces === 0) this.#settled.resolve(this.#receipt)
  }

  fail(error: unknown): void {
    this.#settled.reject(error)
  }

  /** A piece that is sent on; and who is to be told what became of it. */
  sent(): { end(receipt: Receipt): void; fail(error: unknown): void } {
    this.begin()
    this.acceptance.begin()
    return {
      end: receipt => {
        this.end(receipt)
        this.acceptance.end()
      },
      fail: error => {
        this.fail(error)
        this.acceptance.fail(error)
      },
    }
  }

  /** Notes that the filter itself disposed of a record: dropped, refused or held it. */
  dispose(record: LogRecord, receipt: Receipt = {}): void {
    this.#disposed.set(record, (this.#disposed.get(record) ?? 0) + 1)
    addReceipt(this.#receipt, receipt)
  }

  /**
   * Enters that one record became so many. What was neither passed on nor disposed of was filtered; what is more
   * than the one that came in was made.
   */
  became(record: LogRecord, outputs: number): void {
    let fates = outputs
    if (this.#disposed.size > 0) {
      fates += this.#disposed.get(record) ?? 0
      this.#disposed.delete(record)
    }
    if (fates === 1) return
    addReceipt(this.#receipt, fates === 0 ? { 'dropped:filtered': 1 } : { made: fates - 1 })
  }

  /** The filter has passed over the batch. What it disposed of and had not come in (a copy, say) it had made. */
  passed(): void {
    const made = this.#disposed.values().reduce((sum, times) => sum + times, 0)
    this.#disposed.clear()
    this.end(made > 0 ? { made } : {})
    this.acceptance.end()
  }
}
