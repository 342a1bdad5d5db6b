import type { Receipt } from '../engine/receipt.ts'

/** A batch that has come before: in progress, or done, with its receipt where not all of it was stored. */
export interface Known {
  done: boolean
  receipt?: Receipt
}

const IN_PROGRESS: Known = { done: false }
const STORED: Known = { done: true }

/** What a consumer remembers of one life of a producer, so that no batch is processed twice. */
export class SenderMemory<S> {
  readonly sender: string
  /** When it was first seen without a session, in milliseconds. */
  idleSince?: number
  /** Those that go on, in the order of their hellos. */
  #sessions: S[] = []
  readonly #numbers = new Map<number, Known>()
  #from = 0
  #busy = 0

  constructor(sender: string) {
    this.sender = sender
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
    return this.#busy > 0
  }

  /** Batches that are remembered. */
  get size(): number {
    return this.#numbers.size
  }

  /** The sender waits for nothing below this number any more. */
  forget(from: number): void {
    delete this.idleSince
    this.#from = Math.max(this.#from, from)
    for (const [number, { done }] of this.#numbers) {
      // They came in this order, more or less: what is behind a later one goes some other time.
      if (number >= this.#from) return
      if (done) this.#numbers.delete(number)
    }
  }

  /** Undefined when it is new. What the sender does not wait for any more is done, whatever became of it. */
  recall(number: number): Known | undefined {
    return this.#numbers.get(number) ?? (number < this.#from ? STORED : undefined)
  }

  begin(number: number): void {
    this.#busy++
    this.#numbers.set(number, IN_PROGRESS)
  }

  /** Returns whether the sender still waits for it. */
  finish(number: number, receipt: Receipt | undefined): boolean {
    this.#busy--
    if (number < this.#from) return !this.#numbers.delete(number)
    this.#numbers.set(number, receipt ? { done: true, receipt } : STORED)
    return true
  }
}
