import type { Batch } from '../batch.ts'
import type { Acceptance, Asking, FilterRecord, Holding, Output, Token } from '../daemon.ts'
import { Fatal } from '../errors.ts'
import { type Fields, joinId, type LogRecord, splitId } from '../record.ts'
import { estimateSize } from '../size.ts'
import { BatchAcceptance } from './acceptance.ts'
import { answersOf, type FilterIndexed } from './asking.ts'
import type { Books } from './books.ts'
import { Elsewhere } from './elsewhere.ts'
import { Filtering } from './filtering.ts'
import { Gate } from './gate.ts'
import { type HoldLimits, Holds } from './hold.ts'
import { identify } from './identify.ts'
import type { OutputTarget } from './output.ts'
import { Outputs } from './outputs.ts'
import type { Receipt } from './receipt.ts'
import type { Target } from './target.ts'
import { Work } from './work.ts'

export interface FilterStageOptions {
  books: Books
  outlet: Target
  /** Where the filter may put records beside it. */
  outputs?: readonly OutputTarget[]
  /** Settles when the refused record is durable as a dead letter. */
  refuse(record: LogRecord, reason: string, detail?: string): Promise<void>
  /** Bytes taken and not yet filtered (by a filter that waits), or refused and not yet a dead letter. */
  buffer: number
  hold?: HoldLimits
  /** Whether original bytes stay beside a message that the filter changed. */
  keepsBytes?: boolean
  /** The filter gives every record on as it came, if it has at most so many bytes: such batches are not read. */
  passes?: { maxRecord: number }
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
  readonly #outputs: Outputs
  readonly #elsewhere = new Elsewhere()
  readonly #known = new Map<OutputTarget, Output>()
  #filter: FilterIndexed = record => record
  #asking: Asking | undefined
  #flushHeld: (tokens: readonly Token[]) => void = () => {}
  readonly #filtering: Filtering
  #busy: Promise<void> | undefined
  #ending = false
  #owed = 0

  constructor(options: FilterStageOptions) {
    this.#options = options
    this.#gate = new Gate(options.buffer)
    this.#outputs = new Outputs(options.outlet)
    if (options.hold) this.#holds = new Holds(options.hold, tokens => this.#flushAll(tokens), options.fatal)
    this.#filtering = new Filtering({
      outputs: this.#outputs,
      keepsBytes: options.keepsBytes ?? false,
      reject: (...refused) => this.reject(...refused),
      filtered: () => this.#holds?.bound(),
      send: (work, { size }) => {
        this.#sendOutputs()
        this.#elsewhere.send(work, size)
      },
      passed: ({ size }) => {
        this.#gate.give(size)
        if (this.#ending) this.#holds?.flushAll()
      },
      fatal: options.fatal,
    })
  }

  /** What `open` returned. It comes late, because `open` is given this stage's `hold` and `join`. */
  use(filter: FilterRecord | Holding | Asking): void {
    if (typeof filter === 'function') this.#filter = filter
    else if ('ask' in filter) this.#asking = filter
    else {
      this.#filter = filter.filter
      this.#flushHeld = filter.flush
    }
  }

  accept(batch: Batch): Promise<Receipt> {
    const { books, passes, outlet } = this.#options
    const entry = books.take(batch.count)
    if (passes && batch.passable(passes.maxRecord))
      return this.#owing(batch.size, books.entered(entry, outlet.accept(batch)))
    const work = new Work()
    this.#gate.take(batch.size)
    // Nothing is awaited for a filter that does not wait.
    if (this.#asking) this.#track(this.#processAnswered(this.#asking, work, batch))
    else
      this.#track(this.#busy ? this.#busy.then(() => this.#process(work, batch)) : this.#process(work, batch))
    return this.#owing(batch.size, books.entered(entry, work.done))
  }

  /** Bytes of batches that came in and are not acknowledged. */
  get owed(): number {
    return this.#owed
  }

  room(): Promise<void> | undefined {
    return this.#options.outlet.room() ?? this.#outputRoom() ?? this.#gate.room()
  }

  drop(record: LogRecord, reason: string, after?: Acceptance): undefined {
    const receipt = { [`dropped:${reason}`]: 1 }
    // What goes on of its own batch is waited for anyway.
    if (!(after instanceof BatchAcceptance) || after.isDone || after === this.#filtering.work?.acceptance) {
      this.#dispose(record, receipt)
      return
    }
    const work = this.#dispose(record)
    work.begin()
    after.notify(
      () => work.end(receipt),
      error => work.fail(error),
    )
  }

  acceptance(): Acceptance {
    return this.#working.acceptance
  }

  /** An output, as the filter knows it. */
  outputOf(target: OutputTarget): Output {
    let output = this.#known.get(target)
    if (!output) {
      output = { name: target.name, send: record => this.#put(record, target) }
      this.#known.set(target, output)
    }
    return output
  }

  /** Puts a record, or what the filter made of it, into an output. */
  #put(out: LogRecord | Fields, output: OutputTarget): undefined {
    const origin = this.#filtering.record ?? (out as LogRecord)
    const record = this.#filtering.made(out, origin)
    this.#working.dispose(origin)
    this.#elsewhere.add(output, record)
  }

  reject(record: LogRecord, reason: string, detail?: string): undefined {
    const work = this.#dispose(record)
    const size = estimateSize(record)
    work.begin()
    this.#gate.take(size)
    this.#options.refuse(record, reason, detail).then(
      () => {
        this.#gate.give(size)
        work.end({ dead: 1 })
      },
      error => work.fail(error),
    )
  }

  hold(record: LogRecord): Token {
    if (!this.#holds)
      throw new Fatal('hold: this filter does not state its bounds (`hold` in its definition)')
    return this.#holds.hold(record, this.#dispose(record))
  }

  join(out: readonly (LogRecord | Fields)[], tokens: readonly Token[]): void {
    const first = tokens[0]
    if (!this.#holds || !first) throw new Fatal('join: nothing was held')
    const { id: firstId } = first.record['@meta']
    // One that was only held back is what it was.
    const alone = tokens.length === 1 && out.length === 1 && out[0] === first.record
    const id = alone ? firstId : joinId(firstId, tokens.length)
    const records = out.map((one, n) => identify(one, first.record, out.length > 1 ? splitId(id, n) : id))
    const joined = this.#holds.release(tokens, records.length)
    if (records.length === 0) joined.end({})
    else this.#outputs.addJoined(records, joined)
    this.#sendOutputs()
  }

  /** The end: what is held is joined now, and what still comes right after its batch. */
  async flush(): Promise<void> {
    this.#ending = true
    this.#asking?.end?.()
    await this.#busy
    this.#holds?.flushAll()
  }

  #flushAll(tokens: readonly Token[]): void {
    this.#outputs.collect()
    try {
      this.#flushHeld(tokens)
    } finally {
      this.#outputs.collected()
      this.#sendOutputs()
    }
  }

  /**
   * Notes that the record is disposed of. A filter may name a copy that it made of it, so it is the one that is
   * being filtered, as long as that is known.
   */
  #dispose(record: LogRecord, receipt?: Receipt): Work {
    const work = this.#working
    work.dispose(this.#filtering.record ?? record, receipt)
    return work
  }

  get #working(): Work {
    const { work } = this.#filtering
    if (!work) throw new Fatal('drop, reject, hold and send are for the record that is being filtered')
    return work
  }

  /** One that has no room is waited for by all. */
  #outputRoom(): Promise<void> | undefined {
    for (const output of this.#options.outputs ?? []) {
      const room = output.room()
      if (room) return room
    }
    return undefined
  }

  #track(running: Promise<void> | undefined): void {
    if (!running) return
    const busy: Promise<void> = running.then(() => {
      if (this.#busy === busy) this.#busy = undefined
    })
    this.#busy = busy
  }

  #owing(bytes: number, accepted: Promise<Receipt>): Promise<Receipt> {
    this.#owed += bytes
    return accepted.then(receipt => {
      this.#owed -= bytes
      return receipt
    })
  }

  #process(work: Work, batch: Batch): Promise<void> | undefined {
    return this.#filtering.pass(work, batch, this.#filter)
  }

  async #processAnswered(asking: Asking, work: Work, batch: Batch): Promise<void> {
    const filter = await answersOf(asking, batch.records, this.#busy)
    await this.#filtering.pass(work, batch, filter)
  }

  #sendOutputs(): void {
    // What the records of the batch became is a piece of its work; what held ones were joined into is accounted for elsewhere.
    if (!this.#outputs.collecting) this.#outputs.send(count => ({ count, ...this.#filtering.work!.sent() }))
  }
}
