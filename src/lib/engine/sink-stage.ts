import type { Logger } from 'pino'
import { Arena } from '../arena.ts'
import { Backoff } from '../backoff.ts'
import type { Batch } from '../batch.ts'
import type { LineWriter, Write } from '../daemon.ts'
import { Fatal } from '../errors.ts'
import { YoungGarbage } from '../process/young-garbage.ts'
import { type Refused, sizeOfRefused } from '../reader.ts'
import type { LogRecord } from '../record.ts'
import type { Books } from './books.ts'
import { Gate } from './gate.ts'
import { type Group, Grouper } from './group.ts'
import { Outage } from './outage.ts'
import { Queue } from './queue.ts'
import { addReceipt, type Receipt } from './receipt.ts'
import { checkExceptions, deadOf, receiptOf } from './sink-answer.ts'
import type { Target } from './target.ts'

export interface SinkStageOptions {
  books: Books
  /** What a sink gets at once: so many bytes, or what came in so many milliseconds; and how many at a time. */
  batch: { bytes: number; delay: number; concurrency: number }
  /** Bytes received and not yet durable. */
  buffer: number
  /** Bytes that a record may have as a line. */
  maxRecord: number
  /** Bytes that a sender may have under way here. */
  window(): number
  /** Settles when the refused record is durable as a dead letter. */
  refuse(record: LogRecord, reason: string, detail?: string): Promise<void>
  log: Logger
  /** Aborted when the process gives up. */
  signal: AbortSignal
  fatal(error: unknown): void
}

/** What a sink writes at once, as records or as lines. */
interface Work {
  count: number
  /** What is in it and cannot be written. */
  refused: readonly Refused[]
  write(): ReturnType<Write>
  record(index: number): LogRecord
  /** Nobody looks at it any more. */
  release(): void
}

/** Merges what comes into batches as large as the sink likes them, and maps what became of them back. */
export class SinkStage implements Target {
  readonly #options: SinkStageOptions
  readonly #gate: Gate
  readonly #grouper: Grouper
  readonly #queue = new Queue<Group>()
  readonly #outage: Outage
  /** What lines are kept in until they are durable. */
  readonly #arena = new Arena()
  readonly #garbage = new YoungGarbage()
  readonly #keep = (bytes: Buffer) => this.#arena.copy(bytes)
  #opened: Write | LineWriter | undefined
  #writing = 0

  constructor(options: SinkStageOptions) {
    this.#options = options
    this.#outage = new Outage(options.log)
    this.#gate = new Gate(options.buffer)
    this.#grouper = new Grouper(options.batch, group => {
      this.#queue.push(group)
      this.#dispatch()
    })
  }

  /** What `open` returned. */
  use(opened: Write | LineWriter): void {
    // What came before is no lines yet, and must not be joined with what comes now and is.
    this.#grouper.flush()
    this.#opened = opened
    this.#dispatch()
  }

  /** Bytes held. */
  get held(): number {
    return this.#gate.held
  }

  accept(batch: Batch): Promise<Receipt> {
    const { books } = this.#options
    const entry = books.take(batch.count)
    const { batch: taken, refused } = this.#take(batch)
    this.#gate.take(taken.size)
    const written = this.#grouper.add(taken)
    this.#writeEarly()
    return books.entered(entry, refused.length > 0 ? this.#withLetters(written, refused) : written)
  }

  room(): Promise<void> | undefined {
    return this.#gate.room()
  }

  /** From now on nothing waits for more: the daemon is stopping. */
  hurry(): void {
    this.#grouper.hurry()
  }

  /**
   * A small window of credit and a large batch would wait for each other: when half of it is held, it is time (20,000
   * records/s instead of 496,000 otherwise).
   */
  #writeEarly(): void {
    if (this.#writing === 0 && this.#gate.held * 2 > this.#options.window()) this.#grouper.flush()
  }

  /** Lines are made at once: what is kept until it is durable are bytes, and no objects. */
  #take(batch: Batch): { batch: Batch; refused: readonly Refused[] } {
    if (!this.#opened || typeof this.#opened === 'function') return { batch, refused: [] }
    const { maxRecord } = this.#options
    // What is copied as it came is garbage now; what is written of objects leaves other garbage.
    if (batch.passable(maxRecord)) this.#garbage.note(batch.size)
    return batch.toLines(maxRecord, this.#keep)
  }

  async #withLetters(written: Promise<Receipt>, refused: readonly Refused[]): Promise<Receipt> {
    const receipt: Receipt = { dead: refused.length }
    const [rest] = await Promise.all([written, this.#hold(refused)])
    addReceipt(receipt, rest)
    return receipt
  }

  /** Until they are dead letters they are here, however long that takes. */
  async #hold(refused: readonly Refused[]): Promise<void> {
    const bytes = sizeOfRefused(refused)
    this.#gate.take(bytes)
    await this.#refuseAll(refused)
    this.#gate.give(bytes)
  }

  async #refuseAll(refused: readonly Refused[]): Promise<void> {
    await Promise.all(
      refused.map(({ record, reason, detail }) => this.#options.refuse(record, reason, detail)),
    )
  }

  #dispatch(): void {
    while (this.#opened && this.#queue.length > 0 && this.#writing < this.#options.batch.concurrency) {
      const group = this.#queue.shift()!
      this.#writing++
      const work = this.#workOf(group.join(), this.#opened)
      this.#store(work).then(
        receipt => {
          work.release()
          this.#gate.give(group.bytes)
          group.settle(receipt)
          this.#writing--
          this.#dispatch()
          this.#writeEarly()
        },
        error => {
          group.fail(error)
          // Writes are retried until they succeed, so this is the end, or a mistake in the sink or in here.
          if (!this.#options.signal.aborted) this.#options.fatal(error)
        },
      )
    }
  }

  #workOf(batch: Batch, opened: Write | LineWriter): Work {
    if (typeof opened === 'function') {
      const { records, refused } = batch
      return {
        count: records.length,
        refused,
        release() {},
        write: () => opened(records),
        record: n => records[n]!,
      }
    }
    // It is not lines yet when it came before the sink was open.
    const { batch: lines, refused } = batch.passable(this.#options.maxRecord)
      ? { batch, refused: [] }
      : batch.toLines(this.#options.maxRecord, this.#keep)
    // Who asks for a single line has them joined, and they are not there any more in the end.
    const { chunks } = lines
    return {
      count: lines.count,
      refused,
      release: () => {
        for (const chunk of chunks) this.#arena.release(chunk)
      },
      write: () => opened.writeLines(lines),
      record: n => lines.record(n),
    }
  }

  async #store(work: Work): Promise<Receipt> {
    const { count, refused, record } = work
    const exceptions = (count > 0 && (await this.#retry(work))) || []
    checkExceptions(exceptions, count)
    const dead = deadOf(exceptions, record)
    await this.#refuseAll([...refused, ...dead])
    return receiptOf(count, refused.length, exceptions)
  }

  async #retry(work: Work): ReturnType<Write> {
    const { signal } = this.#options
    for (const backoff = new Backoff(); ; ) {
      try {
        const exceptions = await work.write()
        this.#outage.succeeded(work)
        return exceptions
      } catch (error) {
        if (error instanceof Fatal || signal.aborted) throw error
        this.#outage.failed(work, error)
        await backoff.wait(signal)
      }
    }
  }
}
