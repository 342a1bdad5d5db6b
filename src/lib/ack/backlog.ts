import { Queue } from '../engine/queue.ts'
import type { Receipt } from '../engine/receipt.ts'

/** A batch that is not acknowledged. */
export interface Entry {
  number: number
  /** Its place among the others: its number, and those of pieces have it in common with the whole, and then their own. */
  order: readonly number[]
  /** When it was made, epoch milliseconds. */
  at: number
  bytes: Buffer
  /** Its records. */
  count: number
  settle(receipt: Receipt): void
  fail(error: unknown): void
  /** Who has it; absent while nobody has. */
  consumer?: object
  /** The credit that it takes; absent as long as nobody was sent it. */
  cost?: number
}

/** Batches that nobody has: what comes back goes first, in its old order. */
export class Backlog {
  readonly #fresh = new Queue<Entry>()
  /** What came back, the first to go at the end. */
  #returned: Entry[] = []
  /** Acknowledged while they waited here: a consumer had them before its session ended. */
  readonly #removed = new Set<Entry>()

  get empty(): boolean {
    return this.peek() === undefined
  }

  push(entry: Entry): void {
    this.#fresh.push(entry)
  }

  giveBack(entries: Iterable<Entry>): void {
    this.#returned = [...this.#returned, ...entries].sort((a, b) => -compare(a.order, b.order))
  }

  peek(): Entry | undefined {
    for (;;) {
      const entry = this.#returned.at(-1) ?? this.#fresh.peek()
      if (!entry || !this.#removed.delete(entry)) return entry
      this.#take()
    }
  }

  shift(): void {
    if (this.peek()) this.#take()
  }

  remove(entry: Entry): void {
    this.#removed.add(entry)
  }

  #take(): void {
    if (this.#returned.length > 0) this.#returned.pop()
    else this.#fresh.shift()
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((one, n) => one !== b[n])
  return differs < 0 ? a.length - b.length : a[differs]! - (b[differs] ?? -1)
}
