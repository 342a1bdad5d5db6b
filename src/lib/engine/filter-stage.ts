import { Batch } from '../batch.ts'
import type { Filtered, FilterRecord, Holding, Token } from '../daemon.ts'
import { Fatal } from '../errors.ts'
import { createRecord, type Fields, joinId, type LogRecord, splitId } from '../record.ts'
import type { Books } from './books.ts'
import { Gate } from './gate.ts'
import { type HoldLimits, Holds } from './hold.ts'
import type { Receipt } from './receipt.ts'
import type { Target } from './target.ts'
import { Work } from './work.ts'

export interface FilterStageOptions {
  books: Books
  outlet: Target
  /** Settles when the refused record is durable as a dead letter. */
  refuse(record: LogRecord, reason: string, detail?: string): Promise<void>
  /** Bytes taken and not yet filtered: only a filter that waits needs them. */
  buffer: number
  hold?: HoldLimits
  /** Ends the process. */
  fatal(error: unknown): void
}

/**
 * Runs a filter over batches: one in, one or more out, acknowledged when everything derived from it is. Batches
 * are filtered one after the other, so that their order is kept also by a filter that returns promises.
 */
export class FilterStage implements Target {
  readonly #options: FilterStageOptions
  readonly #holds: Holds | undefined
  readonly #gate: Gate
  #filter: FilterRecord = record => record
  #flushHeld: (tokens: readonly Token[]) => void = () => {}
  #work: Work | undefined
  #outputs: LogRecord[] = []
  #busy: Promise<void> | undefined

  constructor(options: FilterStageOptions) {
    this.#options = options
    this.#gate = new Gate(options.buffer)
    if (options.hold) this.#holds = new Holds(options.hold, tokens => this.#flushHeld(tokens))
  }

  /** What `open` returned. It comes late, because `open` is given this stage's `hold` and `join`. */
  use(filter: FilterRecord | Holding): void {
    if (typeof filter === 'function') this.#filter = filter
    else {
      this.#filter = filter.filter
      this.#flushHeld = filter.flush
    }
  }

  async accept(batch: Batch): Promise<Receipt> {
    const work = new Work(batch)
    const entry = this.#options.books.take(batch.count)
    this.#gate.take(batch.size)
    // Nothing is awaited for a filter that does not wait.
    if (this.#busy) this.#busy = this.#busy.then(() => this.#process(work))
    else this.#track(this.#process(work))
    const receipt = await work.done
    this.#options.books.settle(entry, receipt)
    return receipt
  }

  room(): Promise<void> | undefined {
    return this.#options.outlet.room() ?? this.#gate.room()
  }

  drop(record: LogRecord, reason: string): undefined {
    this.#work?.dispose(record, { [`dropped:${reason}`]: 1 })
  }

  reject(record: LogRecord, reason: string, detail?: string): undefined {
    const work = this.#current()
    work.begin()
    work.dispose(record)
    this.#options.refuse(record, reason, detail).then(
      () => work.end({ dead: 1 }),
      error => work.fail(error),
    )
  }

  hold(record: LogRecord): Token {
    if (!this.#holds)
      throw new Fatal('hold: this filter does not state its bounds (`hold` in its definition)')
    return this.#holds.hold(record, this.#current())
  }

  join(out: readonly (LogRecord | Fields)[], tokens: readonly Token[]): void {
    const first = tokens[0]
    if (!this.#holds || !first) throw new Fatal('join: nothing was held')
    const id = joinId(first.record['@meta'].id, tokens.length)
    const records = out.map((one, n) => identify(one, first.record, out.length > 1 ? splitId(id, n) : id))
    // What was put out before it in the same batch stays before it.
    this.#sendOutputs()
    this.#holds.join(tokens, records.length, this.#options.outlet.accept(Batch.fromRecords(records)))
  }

  /** The end: what is held is joined now. */
  async flush(): Promise<void> {
    await this.#busy
    this.#holds?.flushAll()
  }

  #current(): Work {
    if (!this.#work) throw new Fatal('reject and hold are for the record that is being filtered')
    return this.#work
  }

  #track(running: Promise<void> | undefined): void {
    if (!running) return
    const busy: Promise<void> = running.finally(() => {
      if (this.#busy === busy) this.#busy = undefined
    })
    this.#busy = busy
  }

  /** Filters one batch. Returns a promise only when the filter did. */
  #process(work: Work): Promise<void> | undefined {
    this.#work = work
    const { records, refused } = work.batch
    for (const { record, reason, detail } of refused) {
      this.reject(record, reason, detail)
      work.became(record, 0)
    }
    for (let n = 0; n < records.length; n++) {
      const filtered = this.#apply(records[n]!)
      if (filtered instanceof Promise) return this.#processSlowly(work, filtered, n)
      this.#collect(records[n]!, filtered)
    }
    this.#finish(work)
    return undefined
  }

  /** From record `n` on, whose promise is `first`, all records of the batch at once; their order is kept. */
  async #processSlowly(work: Work, first: Promise<Filtered>, n: number): Promise<void> {
    const records = work.batch.records.slice(n)
    const rest = records.slice(1).map(record => this.#apply(record))
    for (const [i, filtered] of [first, ...rest].entries()) {
      const record = records[i]!
      this.#collect(record, await Promise.resolve(filtered).catch(error => this.#failed(record, error)))
    }
    this.#finish(work)
  }

  #apply(record: LogRecord): Filtered | Promise<Filtered> {
    try {
      return this.#filter(record)
    } catch (error) {
      return this.#failed(record, error)
    }
  }

  #failed(record: LogRecord, error: unknown): undefined {
    if (error instanceof Fatal) {
      // Not acknowledged: the next start gets the batch again.
      this.#work?.fail(error)
      this.#options.fatal(error)
    } else this.reject(record, 'error', error instanceof Error ? error.stack : String(error))
  }

  #collect(record: LogRecord, filtered: Filtered): void {
    const { id } = record['@meta']
    if (Array.isArray(filtered) && filtered.length > 1) {
      for (const [n, one] of filtered.entries()) this.#outputs.push(identify(one, record, splitId(id, n)))
      this.#work!.became(record, filtered.length)
    } else {
      const one = Array.isArray(filtered) ? filtered[0] : filtered
      if (one) this.#outputs.push(identify(one, record, id))
      this.#work!.became(record, one ? 1 : 0)
    }
    this.#holds?.bound()
  }

  #finish(work: Work): void {
    this.#sendOutputs()
    this.#work = undefined
    this.#gate.give(work.batch.size)
    work.end({})
  }

  #sendOutputs(): void {
    const work = this.#work
    if (!work || this.#outputs.length === 0) return
    work.begin()
    this.#options.outlet.accept(Batch.fromRecords(this.#outputs)).then(
      receipt => work.end(receipt),
      error => work.fail(error),
    )
    this.#outputs = []
  }
}

/** A filter's output with the `@meta` of its origin, under the given id. */
function identify(out: LogRecord | Fields, origin: LogRecord, id: string): LogRecord {
  const meta = (out as LogRecord)['@meta']
  if (meta === undefined) return createRecord({ ...origin['@meta'], id }, out)
  if (meta.id === id) return out as LogRecord
  return { ...out, '@meta': { ...meta, id } }
}
