import { Batch } from '../batch.ts'
import type { Reader } from '../reader.ts'
import { Queue } from './queue.ts'
import type { Receipt } from './receipt.ts'
import type { Row, SpoolDisk } from './spool-disk.ts'
import type { Outgoing } from './target.ts'
import { Turns } from './turns.ts'

export interface SpoolSenderOptions {
  disk: SpoolDisk
  links: readonly Outgoing[]
  /** Bytes of rows that may be in memory: those that are to be sent next, and those that are not acknowledged. */
  buffer: number
  reader: Reader
  /** How many rows lie in the spool, and the last one that ever was in it. */
  before: { batches: number; last: number }
  /** Told of each row that was acknowledged. */
  settled(row: Row, receipt: Receipt): void
  /** Told of bytes that are not looked at any more. */
  release(bytes: Uint8Array): void
  /** Aborted when the process gives up. */
  signal: AbortSignal
  fatal(error: unknown): void
}

/** Bytes of rows in memory that are to be sent next, where the buffer is not a small one. */
const READ_AHEAD = 8 * 2 ** 20

/** Sends what is in the spool, in its order: from memory as long as it keeps up, else from the disk. */
export class SpoolSender {
  readonly #options: SpoolSenderOptions
  readonly #turns: Turns
  readonly #readAhead: number
  readonly #ready = new Queue<Row>()
  #readyBytes = 0
  /** Rows up to here have been in memory; up to the other there are rows. */
  #loaded: number
  #last: number
  #reading = false
  #stopped = false
  /** Bytes that were sent and are not acknowledged. */
  inFlight = 0

  constructor(options: SpoolSenderOptions) {
    this.#options = options
    this.#readAhead = Math.min(READ_AHEAD, options.buffer / 4)
    this.#loaded = options.before.batches > 0 ? 0 : options.before.last
    this.#last = options.before.last
    this.#turns = new Turns(options.links, () => this.send())
  }

  /** Bytes of rows in memory. */
  get held(): number {
    return this.#readyBytes + this.inFlight
  }

  /** Takes rows that are durable now. */
  add(rows: readonly Row[]): void {
    for (const row of rows) {
      // Nothing that came before it may still be on the disk only.
      if (this.#loaded === this.#last && this.#readyBytes < this.#readAhead) this.#load(row)
      else this.#options.release(row.bytes)
      this.#last = row.seq
    }
    this.send()
  }

  /** Takes the oldest row away that nobody has been sent; undefined when none is in memory. */
  take(): Row | undefined {
    const row = this.#ready.shift()
    if (row) this.#readyBytes -= row.bytes.length
    this.#readOn()
    return row
  }

  stop(): void {
    this.#stopped = true
  }

  /** Sends as long as there is a link that takes it, and memory for what has to be kept until it is acknowledged. */
  send(): void {
    while (!this.#stopped && this.#ready.length > 0 && !this.#isFull) {
      const link = this.#turns.next()
      if (!link) break
      this.#sendTo(link, this.take()!)
    }
    this.#readOn()
  }

  /** A consumer may grant more than there is memory. One may always go, whatever its size. */
  get #isFull(): boolean {
    return this.inFlight > 0 && this.inFlight + this.#readAhead >= this.#options.buffer
  }

  #sendTo(link: Outgoing, row: Row): void {
    const { buffer, byteOffset, byteLength } = row.bytes
    const bytes = Buffer.from(buffer, byteOffset, byteLength)
    this.inFlight += byteLength
    link.accept(Batch.fromBytes(link.borrows ? bytes : Buffer.from(bytes), this.#options.reader)).then(
      receipt => {
        this.#turns.succeeded(link)
        this.inFlight -= byteLength
        this.#options.release(row.bytes)
        this.#options.settled(row, receipt)
        this.send()
      },
      // The link was closed under it. It stays where it is: the next start sends it.
      error => {
        this.#turns.failed(link)
        this.#fail(error)
      },
    )
  }

  #fail(error: unknown): void {
    // Why nothing can go out any more may be told a moment later.
    setImmediate(() => {
      if (!this.#stopped && !this.#options.signal.aborted) this.#options.fatal(error)
    })
  }

  #load(row: Row): void {
    this.#ready.push(row)
    this.#readyBytes += row.bytes.length
    this.#loaded = row.seq
  }

  #readOn(): void {
    if (this.#reading || this.#stopped || this.#loaded >= this.#last) return
    if (this.#readyBytes * 2 > this.#readAhead) return
    this.#reading = true
    this.#read()
      .catch(error => {
        this.#fail(error)
      })
      .finally(() => {
        this.#reading = false
        this.send()
      })
  }

  async #read(): Promise<void> {
    const last = this.#last
    const rows = await this.#options.disk.read(this.#loaded, this.#readAhead - this.#readyBytes)
    for (const row of rows) this.#load(row)
    // There are no rows where some were lost before it was recovered.
    if (rows.length === 0) this.#loaded = last
  }
}
