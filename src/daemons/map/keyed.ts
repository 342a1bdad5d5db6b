// What remembers records by a key: how many came, and which was the first. It is bounded, and forgets the oldest.

import { Queue } from '../../lib/engine/queue.ts'
import type { Acceptance, LogRecord } from '../../lib/index.ts'
import { valuesOf } from '../../lib/query/index.ts'

/** Longer ones are remembered by their hash. */
const LONGEST = 64

/** The values of these fields (names as in a query) as one text; undefined when the record has none of them. */
export function createKeyOf(names: readonly string[]): (record: LogRecord) => string | undefined {
  return record => {
    const values = names.map(name => valuesOf(record, name))
    if (values.every(({ length }) => length === 0)) return undefined
    // Not just joined: nobody must be able to write a value that looks like two.
    const key = JSON.stringify(values)
    return key.length <= LONGEST ? key : hashOf(key)
  }
}

/** Not a short one: a collision would drop somebody's record. */
function hashOf(key: string): string {
  return process.getBuiltinModule('node:crypto').hash('sha256', key, 'base64')
}

/** Entries by key; of too many, the oldest go. */
export class Remembered<T extends object> {
  readonly #most: number
  readonly #entries = new Map<string, T>()
  // A Map knows its first entry too, but looks for it behind all that were deleted: 50 µs a record.
  readonly #order = new Queue<{ key: string; entry: T }>()
  readonly #isOver: (entry: T) => boolean
  readonly #forgot: () => void

  /**
   * @param isOver whether an entry is of no use any more
   * @param forgot called for each that still was, and had to go
   */
  constructor(most: number, isOver: (entry: T) => boolean, forgot: () => void) {
    this.#most = most
    this.#isOver = isOver
    this.#forgot = forgot
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)
  }

  /** As the newest. */
  set(key: string, entry: T): void {
    this.#entries.set(key, entry)
    this.#order.push({ key, entry })
    for (let oldest = this.#order.peek(); oldest; oldest = this.#order.peek()) {
      const isThere = this.#entries.get(oldest.key) === oldest.entry
      const isOver = this.#isOver(oldest.entry)
      if (isThere && !isOver && this.#entries.size <= this.#most) return
      this.#order.shift()
      if (isThere) this.#entries.delete(oldest.key)
      if (isThere && !isOver) this.#forgot()
    }
  }
}

/**
 * When records were received, by no clock but their own: a repeat gives the same answer, and no sender can choose the time. One that
 * does not say came with the latest.
 */
export class Clock {
  /** By it what is remembered is over. */
  latest = 0
  readonly #ahead: number

  /** @param ahead milliseconds that a record may be ahead of the clock of this host, and still say what time it is */
  constructor(ahead: number) {
    this.#ahead = ahead
  }

  at(record: LogRecord): number {
    return record['@meta'].received ?? this.latest
  }

  /** Something that was received then is remembered. A time that is yet to come would make an end of all that is. */
  note(at: number): void {
    if (at > this.latest && at <= Date.now() + this.#ahead) this.latest = at
  }
}

/**
 * Ids of records that were given on. One of these may come again, because who brought it has not heard that it was accepted: then it
 * has to go on again, and does not count twice.
 */
export class Passed {
  readonly #most: number
  readonly #ids = new Map<string, { period: number; acceptance: Acceptance }>()
  #sweepAt: number

  /** @param most ids that are remembered although they are accepted */
  constructor(most: number) {
    this.#most = most
    this.#sweepAt = Math.min(1_024, most)
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  /** @param newest the period at present: what is accepted, and older than the one before it, will not come again */
  add(id: string, period: number, acceptance: Acceptance, newest: number): void {
    this.#ids.delete(id)
    this.#ids.set(id, { period, acceptance })
    if (this.#ids.size < this.#sweepAt) return
    for (const [one, { period, acceptance }] of this.#ids)
      if (acceptance.isDone && (period < newest - 1 || this.#ids.size > this.#most)) this.#ids.delete(one)
    this.#sweepAt = this.#ids.size * 2 + 1
  }
}
