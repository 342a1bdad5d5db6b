import type { Receipt } from '../engine/receipt.ts'
import { NumberRanges } from './number-ranges.ts'

/** A batch that has come before: in progress, or done, with its receipt where not all of it was stored. */
export interface Known {
  done: boolean
  receipt?: Receipt | undefined
}

/** Receipts that are remembered; of a batch whose receipt is not any more, a repeat is told that all is stored. */
const MOST_RECEIPTS = 100_000

/** What a consumer remembers of one life of a producer, so that no batch is processed twice. */
export class SenderMemory<S> {
  readonly sender: string
  /** Among all that are remembered. */
  readonly key: string
  /** When it was first seen without a session, in milliseconds. */
  idleSince?: number
  /** Those that go on, in the order of their hellos. */
  #sessions: S[] = []
  readonly #inProgress = new Set<number>()
  readonly #done = new NumberRanges()
  readonly #receipts = new Map<number, Receipt>()
  #from = 0

  constructor(sender: string, key: string) {
    this.sender = sender
    this.key = key
  }

  /** The one with the latest hello. */
  get session(): S | undefined {
    return this.#sessions.at(-1)
  }

  join(session: S): void {
    this.#sessions.push(session)
  }

  leave(session: S): void {
    this.#sessions = this.#sessions.filter(one => one !== session)
  }

  /** Whether something of it is in progress. */
  get busy(): boolean {
    return this.#inProgress.size > 0
  }

  /** Batches in progress, and runs of those that are done. */
  get size(): number {
    return this.#inProgress.size + this.#done.runs
  }

  /** The sender waits for nothing below this number any more. */
  forget(from: number): void {
    delete this.idleSince
    this.#from = Math.max(this.#from, from)
    this.#done.forget(this.#from)
    for (const number of this.#receipts.keys()) {
      // They came in this order, more or less: what is behind a later one goes some other time.
      if (number >= this.#from) return
      this.#receipts.delete(number)
    }
  }

  /** Undefined when it is new. What the sender does not wait for any more is done, whatever became of it. */
  recall(number: number): Known | undefined {
    if (this.#inProgress.has(number)) return { done: false }
    if (number >= this.#from && !this.#done.has(number)) return undefined
    return { done: true, receipt: this.#receipts.get(number) }
  }

  begin(number: number): void {
    this.#inProgress.add(number)
  }

  /** Returns whether the sender still waits for it. */
  finish(number: number, receipt: Receipt | undefined): boolean {
    this.#inProgress.delete(number)
    if (number < this.#from) return false
    this.#done.add(number)
    if (receipt) this.#receipts.set(number, receipt)
    if (this.#receipts.size > MOST_RECEIPTS) this.#receipts.delete(this.#receipts.keys().next().value!)
    return true
  }
}
