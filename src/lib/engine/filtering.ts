import type { Batch } from '../batch.ts'
import type { Filtered } from '../daemon.ts'
import { Fatal, messageOf } from '../errors.ts'
import type { Fields, LogRecord } from '../record.ts'
import type { FilterIndexed } from './asking.ts'
import { identify, identifyAll } from './identify.ts'
import { OriginalBytes } from './original-bytes.ts'
import type { Outputs } from './outputs.ts'
import type { Work } from './work.ts'

export interface FilteringOptions {
  outputs: Outputs
  /** Whether original bytes stay beside a message that the filter changed. */
  keepsBytes: boolean
  reject(record: LogRecord, reason: string, detail?: string): void
  /** Called after each record. */
  filtered(): void
  /** Sends what the filter has put out of a batch. */
  send(work: Work, batch: Batch): void
  /** Called when nothing of a batch is at hand any more. */
  passed(batch: Batch): void
  /** Ends the process. */
  fatal(error: unknown): void
}

/** A filter at work on one batch after the other. */
export class Filtering {
  readonly #options: FilteringOptions
  readonly #bytes = new OriginalBytes()
  // The batch that is being filtered, and the record; of a filter that waits, only until it does.
  #work: Work | undefined
  #record: LogRecord | undefined

  constructor(options: FilteringOptions) {
    this.#options = options
  }

  /** What is owed for the batch at hand. */
  get work(): Work | undefined {
    return this.#work
  }

  /** The record at hand, as long as that is known. */
  get record(): LogRecord | undefined {
    return this.#record
  }

  /** What a filter made of a record, under the id of the record. */
  made(out: LogRecord | Fields, origin: LogRecord): LogRecord {
    return this.#bytes.check([identify(out, origin, origin['@meta'].id)], origin)[0]!
  }

  /** Filters one batch. Returns a promise only when the filter did. Never fails. */
  pass(work: Work, batch: Batch, filter: FilterIndexed): Promise<void> | undefined {
    const { outputs, keepsBytes, reject } = this.#options
    this.#work = work
    const { records, refused } = batch
    if (!keepsBytes) this.#bytes.note(records)
    for (const { record, reason, detail } of refused) {
      reject(record, reason, detail)
      work.became(record, 0)
    }
    outputs.collect()
    for (let n = 0; n < records.length; n++) {
      const filtered = this.#apply(filter, records[n]!, n)
      if (filtered instanceof Promise) {
        outputs.collected()
        return this.#passSlowly(work, batch, filter, filtered, n)
      }
      this.#collect(work, records[n]!, filtered)
    }
    outputs.collected()
    this.#finish(work, batch)
    return undefined
  }

  /** From record `n` on, whose promise is `first`, all records of the batch at once; their order is kept. */
  async #passSlowly(
    work: Work,
    batch: Batch,
    filter: FilterIndexed,
    first: Promise<Filtered>,
    n: number,
  ): Promise<void> {
    const records = batch.records.slice(n)
    const rest = records.slice(1).map((record, i) => this.#apply(filter, record, n + 1 + i))
    // Errors are caught at once: one that nobody listens to while an earlier record waits would end the process.
    const filtered = [first, ...rest].map((one, i) =>
      Promise.resolve(one).catch(error => this.#failed(records[i]!, error)),
    )
    for (const [i, one] of filtered.entries()) this.#collect(work, records[i]!, await one)
    this.#finish(work, batch)
  }

  #apply(filter: FilterIndexed, record: LogRecord, index: number): Filtered | Promise<Filtered> {
    this.#record = record
    try {
      return filter(record, index)
    } catch (error) {
      return this.#failed(record, error)
    } finally {
      this.#record = undefined
    }
  }

  #failed(record: LogRecord, error: unknown): undefined {
    const { reject, fatal } = this.#options
    if (error instanceof Fatal) {
      // Not acknowledged: the next start gets the batch again.
      this.#work?.fail(error)
      fatal(error)
    } else reject(record, 'error', error instanceof Error && error.stack ? error.stack : messageOf(error))
  }

  #collect(work: Work, record: LogRecord, filtered: Filtered): void {
    let records: readonly LogRecord[] = []
    try {
      records = this.#bytes.check(identifyAll(filtered, record), record)
    } catch (error) {
      this.#failed(record, error)
    }
    this.#options.outputs.add(records)
    work.became(record, records.length)
    this.#options.filtered()
  }

  #finish(work: Work, batch: Batch): void {
    const { send, passed } = this.#options
    send(work, batch)
    this.#bytes.clear()
    this.#work = undefined
    work.passed()
    passed(batch)
  }
}
