import { Arena } from '../arena.ts'
import type { Batch } from '../batch.ts'
import { type Reader, sizeOfRefused } from '../reader.ts'
import { Gate } from './gate.ts'
import { type Group, Grouper } from './group.ts'
import type { OutletOptions } from './outlet.ts'
import type { Receipt } from './receipt.ts'
import type { Row, SpoolDisk } from './spool-disk.ts'
import { SpoolSender } from './spool-sender.ts'
import { SpoolWriter } from './spool-writer.ts'
import type { PushSide } from './target.ts'

export interface SpooledOptions extends OutletOptions {
  disk: SpoolDisk
  /** What lies in the spool from before, and the last row that ever was in it. */
  before: { bytes: number; batches: number; last: number }
  /** Bytes that the spool may hold. */
  limit: number
  reader: Reader
  /** Names what is waited for; undefined takes it back. */
  waitingFor(reason: string | undefined): void
  /** Aborted when the process gives up. */
  signal: AbortSignal
  fatal(error: unknown): void
}

/**
 * The push side with a disk: batches are accepted when they are in the spool, durably, and leave it when the links have
 * acknowledged them.
 */
export class SpooledOutlet implements PushSide {
  readonly #options: SpooledOptions
  /** Bytes in the spool, and on their way into it. */
  readonly #gate: Gate
  /** Bytes on their way into it: a slow disk must not fill the memory. It has one half of the buffer, the sender the other. */
  readonly #memory: Gate
  readonly #grouper: Grouper
  readonly #writer: SpoolWriter
  readonly #sender: SpoolSender
  /** What is on its way into the spool and out of it, where the thread of the spool sees it too. */
  readonly #arena = new Arena({ shared: true })
  readonly #keep = (bytes: Buffer) => this.#arena.copy(bytes)
  #diskFull: PromiseWithResolvers<void> | undefined
  /** Counts commits and acknowledgements. */
  #progress = 0
  #changed = Promise.withResolvers<void>()

  constructor(options: SpooledOptions) {
    this.#options = options
    this.#gate = new Gate(options.limit)
    this.#gate.take(options.before.bytes)
    const buffer = options.buffer / 2
    this.#memory = new Gate(buffer)
    this.#writer = new SpoolWriter({
      ...options,
      appended: rows => this.#appended(rows),
      full: reason => this.#noteFull(reason),
      becameIdle: () => {
        if (options.eager) this.#grouper.flush()
        this.#wake()
      },
    })
    this.#sender = new SpoolSender({
      ...options,
      buffer,
      settled: (row, receipt) => this.#settled(row, receipt),
      release: bytes => this.#arena.release(bytes),
    })
    const isFree = () => options.eager === true && this.#writer.idle
    this.#grouper = new Grouper({ ...options.batch, paced: true, isFree }, group => this.#append(group))
    this.#sender.send()
  }

  /** Bytes in memory, on their way into the spool and out of it. What is sent or to be sent next is in the spool as well. */
  get held(): number {
    return this.#memory.held + this.#sender.held
  }

  accept(batch: Batch): Promise<Receipt> {
    if (batch.count === 0) return Promise.resolve({})
    if (this.#refuses()) {
      this.#options.dropped(batch.count)
      return Promise.resolve({ 'dropped:buffer-full': batch.count })
    }
    this.#memory.take(batch.size)
    return this.#grouper.add(batch)
  }

  room(): Promise<void> | undefined {
    if (this.#options.whenFull !== 'block') return undefined
    return this.#diskFull?.promise ?? this.#gate.room() ?? this.#memory.room()
  }

  hurry(): void {
    this.#grouper.hurry()
  }

  /**
   * Settles when the spool is empty. Once the signal is aborted, as soon as nothing has happened for `patience` milliseconds:
   * what is left is safe where it is.
   */
  async drain(signal: AbortSignal, patience: number): Promise<void> {
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    while (this.#gate.held > 0 || !this.#writer.idle) {
      const [impatient, before] = [signal.aborted, this.#progress]
      await (impatient ? within(patience, this.#changed.promise) : this.#changed.promise)
      if (impatient && this.#progress === before) break
    }
    await this.#writer.flush()
  }

  /** Sends no more, and writes down what was acknowledged. */
  async close(): Promise<void> {
    this.#sender.stop()
    await this.#writer.flush()
  }

  /** Whether the batch at hand is the one to drop. */
  #refuses(): boolean {
    const { whenFull } = this.#options
    if (whenFull === 'block') return false
    // To drop what lies in the spool helps neither the memory nor a disk that is full of other things.
    if (this.#diskFull || this.#memory.full) return true
    return this.#gate.full && (whenFull === 'drop-newest' || this.#sender.inFlight >= this.#gate.limit)
  }

  #append(group: Group): void {
    const { bytes } = group
    const { batch, refused } = group.join().encode(this.#options.maxRecord, this.#keep)
    // What it takes is known only now.
    const letters = sizeOfRefused(refused)
    this.#memory.take(batch.size + letters)
    this.#memory.give(bytes)
    this.#gate.take(batch.size)
    const stored = batch.count > 0 ? this.#writer.append(batch) : Promise.resolve()
    stored.then(() => this.#memory.give(batch.size))
    const refusing = Promise.all(refused.map(one => this.#options.refuse(one)))
    refusing.then(
      () => this.#memory.give(letters),
      () => {},
    )
    // Together: either may fail while the other is under way.
    Promise.all([stored, refusing]).then(
      () =>
        group.settle({
          ...(batch.count > 0 && { spooled: batch.count }),
          ...(refused.length > 0 && { dead: refused.length }),
        }),
      error => group.fail(error),
    )
  }

  #appended(rows: Row[]): void {
    this.#sender.add(rows)
    this.#trim()
    this.#wake()
  }

  #settled(row: Row, receipt: Receipt): void {
    this.#gate.give(row.bytes.length)
    this.#writer.settle(row.seq, receipt)
    this.#wake()
  }

  /** The oldest go as long as there is too much. */
  #trim(): void {
    if (this.#options.whenFull !== 'drop-oldest') return
    while (this.#gate.held > this.#gate.limit) {
      const oldest = this.#sender.take()
      if (!oldest) return
      this.#gate.give(oldest.bytes.length)
      this.#arena.release(oldest.bytes)
      this.#writer.drop(oldest.seq)
      this.#options.dropped(oldest.records)
    }
  }

  #noteFull(reason: string | undefined): void {
    if (reason !== undefined) this.#diskFull ??= Promise.withResolvers()
    else {
      this.#diskFull?.resolve()
      this.#diskFull = undefined
    }
    this.#options.waitingFor(reason)
  }

  #wake(): void {
    this.#progress++
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}

async function within(milliseconds: number, promise: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, milliseconds)
  await Promise.race([promise, late])
  clearTimeout(timer)
}
