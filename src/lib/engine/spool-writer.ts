import { Backoff } from '../backoff.ts'
import type { Batch } from '../batch.ts'
import type { Receipt } from './receipt.ts'
import type { Row, SpoolDisk } from './spool-disk.ts'

export interface SpoolWriterOptions {
  disk: SpoolDisk
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

/** Writes to the spool, one transaction at a time: each takes whatever waits. */
export class SpoolWriter {
  readonly #options: SpoolWriterOptions
  #appends: Append[] = []
  #settled: { seq: number; receipt: Receipt }[] = []
  #dropped: number[] = []
  #committing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

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
    this.#commitNow()
    return done.promise
  }

  /** Gives a row up because it was acknowledged. Its loss would only mean that it is sent again. */
  settle(seq: number, receipt: Receipt): void {
    this.#settled.push({ seq, receipt })
    this.#commitSoon()
  }

  /** Gives a row up because the spool is full. */
  drop(seq: number): void {
    this.#dropped.push(seq)
    this.#commitSoon()
  }

  /** Writes down what was acknowledged last. What finds no room waits on. */
  async flush(): Promise<void> {
    while (this.#committing) await this.#committing
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#settled.length + this.#dropped.length > 0) await this.#commit()
  }

  #commitSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#commitNow()
    }, SETTLE_WITHIN)
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
    if (this.#appends.length > 0 && !isOver) this.#commitNow()
    else {
      if (this.#settled.length + this.#dropped.length > 0 && !isOver) this.#commitSoon()
      this.#options.becameIdle()
    }
  }

  /** Everything that waits, and then what was appended meanwhile. */
  async #commitAll(): Promise<void> {
    const backoff = new Backoff()
    do {
      clearTimeout(this.#timer)
      this.#timer = undefined
      const full = await this.#commit()
      this.#options.full(full)
      if (full === undefined) backoff.reset()
      else await backoff.wait(this.#options.signal)
    } while (this.#appends.length > 0)
  }

  /** Returns why there is no room for what is to be appended: then that goes on waiting. */
  async #commit(): Promise<string | undefined> {
    const [appends, settled, dropped] = [this.#appends, this.#settled, this.#dropped]
    this.#appends = []
    this.#settled = []
    this.#dropped = []
    const append = appends.map(({ batch }) => ({ records: batch.count, bytes: batch.bytes }))
    const { first, full } = await this.#options.disk.commit({ append, settled, dropped })
    if (full !== undefined) {
      this.#appends = [...appends, ...this.#appends]
      return full
    }
    this.#options.appended(append.map((row, n) => ({ ...row, seq: first! + n })))
    for (const { done } of appends) done.resolve()
    return undefined
  }
}
