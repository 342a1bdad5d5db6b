import { Batch } from '../batch.ts'
import type { LogRecord } from '../record.ts'
import { Books } from './books.ts'
import type { Receipt } from './receipt.ts'
import type { PushSide } from './target.ts'

export interface OutputOptions {
  name: string
  outlet: PushSide
  /** Bytes of batches that came in and may wait for this output: with more, whoever sends them has to wait soon. */
  most(): number
  /** Whether it makes the sender wait where it has no room; any other one drops. */
  blocks: boolean
  /** Names it when it holds up all others; undefined takes it back. */
  waitingFor(reason: string | undefined): void
}

/** Milliseconds without an answer, after which it is no longer only slow. */
const STANDSTILL = 1_000

/** One of the outputs of a filter: a push side of its own, and how much of what came in waits for it. */
export class OutputTarget {
  readonly name: string
  /** What was put there, and what became of it. */
  readonly books = new Books()
  readonly #options: OutputOptions
  #owed = 0
  #answers = 0
  #timer: NodeJS.Timeout | undefined
  #said = false

  constructor(options: OutputOptions) {
    this.name = options.name
    this.#options = options
  }

  /** Bytes in its buffer. */
  get held(): number {
    return this.#options.outlet.held
  }

  /** Bytes of batches that came in and are not acknowledged because of it. */
  get owed(): number {
    return this.#owed
  }

  /**
   * Whether so much waits for it that soon nothing more would come in, for any output: the window of an acknowledged link is
   * used up by whole batches, however little of them is for this one.
   */
  get isBehind(): boolean {
    return this.#owed > this.#options.most()
  }

  /** @param cameIn bytes of the batch that they are a part of */
  accept(records: LogRecord[], cameIn: number): Promise<Receipt> {
    const entry = this.books.take(records.length)
    this.#owed += cameIn
    const accepted = this.#options.outlet.accept(Batch.fromRecords(records))
    this.#watch()
    return accepted.then(receipt => {
      this.books.settle(entry, receipt)
      this.#owed -= cameIn
      this.#answers++
      if (this.#said) this.#say(undefined)
      return receipt
    })
  }

  room(): Promise<void> | undefined {
    const room = this.#options.outlet.room()
    if (room) this.#watch()
    return room
  }

  hurry(): void {
    this.#options.outlet.hurry()
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  get #holdsUp(): boolean {
    return this.#options.blocks && (this.isBehind || this.#options.outlet.room() !== undefined)
  }

  /** Says so when it holds up the others and has not answered for a while. */
  #watch(): void {
    if (this.#timer || !this.#holdsUp) return
    const answers = this.#answers
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (!this.#holdsUp) return
      if (this.#answers === answers) this.#say(`output ${this.name} takes nothing, and holds up the others`)
      else this.#watch()
    }, STANDSTILL).unref()
  }

  #say(reason: string | undefined): void {
    this.#said = reason !== undefined
    this.#options.waitingFor(reason)
  }
}
