import { Backoff } from '../backoff.ts'
import type { Batch } from '../batch.ts'
import type { Receipt } from './receipt.ts'
import type { Row, SpoolDisk } from './spool-disk.ts'

export interface SpoolWriterOptions {
  disk: SpoolDisk
  /** Whoever appends waits for the disk: one commit follows the other. */
  eager?: boolean
  /** Told of rows as soon as they are durable. */
  appended(rows: Row[]): void
  /** Told after each commit why there is no room on the disk, or undefined. */
  full(reason: string | undefined): void
  /** Told when nothing is left to be written but what may be written at any time. */
  becameIdle(): void
  /** Aborted when the process gives up. */
  signal: AbortSignal
  fatal(error: unknown): void
}

interface Append {
  batch: Batch
  done: PromiseWithResolvers<void>
}

/** Acknowledged rows wait so many milliseconds for something that has to be written anyway. */
const SETTLE_WITHIN = 50

/**
 * Milliseconds from one commit to the next, unless so many bytes wait: each commit is an fsync, however little is in it.
 * With one for every batch, at 40,000 records/s, the thread of the spool took 2.1 µs a record.
 */
const PACE = { milliseconds: 20, bytes: 1024 * 1024 }

/** Writes to the spool, one transaction at a time: each takes whatever waits. */
export class SpoolWriter {
  readonly #options: SpoolWriterOptions
  #appends: Append[] = []
  /** Bytes of them. */
  #waiting = 0
  #settled: { seq: number; receipt: Receipt }[] = []
  #dropped: number[] = []
  #committing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  /** When the timer commits, by performance.now(). */
  #due = Number.POSITIVE_INFINITY
  /** When a commit began last. */
  #began = Number.NEGATIVE_INFINITY

  constructor(options: SpoolWriterOptions) {
    this.#options = options
  }

  /** Whether nothing waits for the disk. `becameIdle` tells when. */
  get idle(): boolean {
    return this.#appends.length === 0 && !this.#committing
  }

  /** Resolves when the batch is durable. On a full disk that takes until there is room. */
  append(batch: Batch): Promise<void> {
    const done = Promise.withResolvers<void>()
    this.#appends.push({ batch, done })
    this.#waiting += batch.size
    this.#commitAtPace()
    return done.promise
  }

  /** Gives a row up because it was acknowledged. Its loss would only mean that it is sent again. */
  settle(seq: number, receipt: Receipt): void {
    this.#settled.push({ seq, receipt })
    this.#commitWithin(SETTLE_WITHIN)
  }

  /** Gives a row up because the spool is full. */
  drop(seq: number): void {
    this.#dropped.push(seq)
    this.#commitWithin(SETTLE_WITHIN)
  }

  /** Writes down what came and what was acknowledged last. What finds no room waits on. */
  async flush(): Promise<void> {
    while (this.#committing) await this.#committing
    this.#disarm()
    if (this.#appends.length + this.#settled.length + this.#dropped.length > 0) await this.#commit()
  }

  /** Now where nothing was written lately or much waits, else when it is time again. */
  #commitAtPace(): void {
    const wait = this.#began + PACE.milliseconds - performance.now()
    if (this.#options.eager || wait <= 0 || this.#waiting >= PACE.bytes) this.#commitNow()
    else this.#commitWithin(wait)
  }

  #commitWithin(milliseconds: number): void {
    const due = performance.now() + milliseconds
    if (this.#committing || due >= this.#due) return
    this.#disarm()
    this.#due = due
    this.#timer = setTimeout(() => this.#commitNow(), milliseconds)
  }

  #disarm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#due = Number.POSITIVE_INFINITY
  }

  #commitNow(): void {
    this.#committing ??= this.#commitAll()
      .catch(error => {
        if (!this.#options.signal.aborted) this.#options.fatal(error)
      })
      .finally(() => {
        this.#committing = undefined
        this.#goOn()
      })
  }

  /** What came after the last look of a commit is for the next one. */
  #goOn(): void {
    const isOver = this.#options.signal.aborted
    if (this.#appends.length > 0 && !isOver) this.#commitAtPace()
    else {
      if (this.#settled.length + this.#dropped.length > 0 && !isOver) this.#commitWithin(SETTLE_WITHIN)
      this.#options.becameIdle()
    }
  }

  /** Everything that waits, as soon as there is room for it. */
  async #commitAll(): Promise<void> {
    const backoff = new Backoff()
    for (;;) {
      this.#disarm()
      this.#began = performance.now()
      const full = await this.#commit()
      this.#options.full(full)
      if (full === undefined) return
      await backoff.wait(this.#options.signal)
    }
  }

  /** Returns why there is no room for what is to be appended: then that goes on waiting. */
  async #commit(): Promise<string | undefined> {
    const [appends, settled, dropped] = [this.#appends, this.#settled, this.#dropped]
    this.#appends = []
    this.#waiting = 0
    this.#settled = []
    this.#dropped = []
    const append = appends.map(({ batch }) => ({ records: batch.count, bytes: batch.bytes }))
    const { first, full } = await this.#options.disk.commit({ append, settled, dropped })
    if (full !== undefined) {
      this.#appends = [...appends, ...this.#appends]
      this.#waiting += appends.reduce((sum, { batch }) => sum + batch.size, 0)
      return full
    }
    this.#options.appended(append.map((row, n) => ({ ...row, seq: first! + n })))
    for (const { done } of appends) done.resolve()
    return undefined
  }
}
