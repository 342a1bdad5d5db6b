import { Batch } from '../batch.ts'
import type { LogRecord } from '../record.ts'
import { dealReceipt, type Receipt } from './receipt.ts'
import type { Target } from './target.ts'

/** Records on their way out, and who is to be told what became of them. */
export interface Part {
  count: number
  end(receipt: Receipt): void
  fail(error: unknown): void
}

/** What a filter puts out during one pass, in its order: it goes as one batch, whoever it is accounted for. */
export class Outputs {
  readonly #outlet: Target
  #records: LogRecord[] = []
  // Those among them that held records were joined into; the others are what the records of the batch became.
  #joined: Part[] = []
  #collecting = 0

  constructor(outlet: Target) {
    this.#outlet = outlet
  }

  add(records: readonly LogRecord[]): void {
    for (const one of records) this.#records.push(one)
  }

  addJoined(records: readonly LogRecord[], joined: Part): void {
    this.add(records)
    this.#joined.push(joined)
  }

  /** From here to as many `collected` it waits for company. */
  collect(): void {
    this.#collecting++
  }

  collected(): void {
    this.#collecting--
  }

  get collecting(): boolean {
    return this.#collecting > 0
  }

  /** @param own who is told of what was only added */
  send(own: (count: number) => Part): void {
    const parts = this.#joined
    const records = this.#records
    if (records.length === 0) return
    const owned = parts.reduce((left, { count }) => left - count, records.length)
    if (owned > 0) parts.push(own(owned))
    this.#records = []
    this.#joined = []
    this.#outlet.accept(Batch.fromRecords(records)).then(
      receipt => {
        const receipts = dealReceipt(
          receipt,
          parts.map(({ count }) => count),
        )
        for (const [n, part] of parts.entries()) part.end(receipts[n]!)
      },
      error => {
        for (const part of parts) part.fail(error)
      },
    )
  }
}
