import type { LogRecord } from '../../lib/index.ts'

/** A record that was stored, in the order in which that happened. */
export interface Stored {
  sequence: number
  cursor: string
  /** Epoch milliseconds. */
  time: number
  record: LogRecord
  /** Bytes that it counts for. */
  size: number
}

/** Bytes and records that a client that lost its connection may ask for again. */
const REMEMBERED = { bytes: 4 * 2 ** 20, records: 10_000 }

/** So long after the last one has left, it is remembered. */
const AWAY = 60_000

/** Bytes that wait for one client. */
const WAITING = 2 ** 20

/** Gives what was stored to those who watch. */
export class TailHub {
  readonly #watchers = new Set<Watcher>()
  readonly #last: Stored[] = []
  #bytes = 0
  #sequence = 0
  #left = 0

  /** Whether somebody watches, or may come back for what it has missed. */
  get wanted(): boolean {
    return this.#watchers.size > 0 || Date.now() - this.#left < AWAY
  }

  publish(entries: readonly Omit<Stored, 'sequence'>[]): void {
    for (const entry of entries) {
      const stored = { sequence: ++this.#sequence, ...entry }
      this.#last.push(stored)
      this.#bytes += stored.size
      for (const watcher of this.#watchers) watcher.offer(stored)
    }
    this.#forget()
  }

  /** Watches, with what came after this sequence number, as far as that is remembered. */
  watch(matches: (record: object, time: number) => boolean, after?: number): Watcher {
    const watcher = new Watcher(matches, () => {
      this.#watchers.delete(watcher)
      this.#left = Date.now()
    })
    // A number from before a restart says nothing.
    if (after !== undefined && after <= this.#sequence) {
      watcher.missed = Math.max(0, (this.#last[0]?.sequence ?? this.#sequence + 1) - after - 1)
      for (const stored of this.#last) if (stored.sequence > after) watcher.offer(stored)
    }
    this.#watchers.add(watcher)
    return watcher
  }

  /** Ends all. */
  close(): void {
    for (const watcher of this.#watchers) watcher.close()
  }

  #forget(): void {
    const { bytes, records } = REMEMBERED
    let n = 0
    // An eighth more than that, so that the list is not moved at every record.
    if (this.#last.length < (records * 9) / 8 && this.#bytes < (bytes * 9) / 8) return
    while (n < this.#last.length && (this.#last.length - n > records || this.#bytes > bytes))
      this.#bytes -= this.#last[n++]!.size
    this.#last.splice(0, n)
  }
}

/** One who watches: what waits for it is bounded, and what it was too slow for is counted. */
export class Watcher {
  /** Records that it was not given since it was last told. */
  missed = 0
  readonly #matches: (record: object, time: number) => boolean
  readonly #closed: () => void
  #waiting: Stored[] = []
  #bytes = 0
  #wake: PromiseWithResolvers<void> | undefined
  #over = false

  constructor(matches: (record: object, time: number) => boolean, closed: () => void) {
    this.#matches = matches
    this.#closed = closed
  }

  offer(stored: Stored): void {
    if (!this.#matches(stored.record, stored.time)) return
    if (this.#bytes >= WAITING) {
      this.missed++
      return
    }
    this.#waiting.push(stored)
    this.#bytes += stored.size
    this.#wake?.resolve()
  }

  /** What came, or nothing after so many milliseconds. Undefined at the end. */
  async take(milliseconds: number): Promise<{ entries: Stored[]; missed: number } | undefined> {
    if (this.#waiting.length === 0 && this.missed === 0 && !this.#over) {
      this.#wake = Promise.withResolvers()
      const timer = setTimeout(this.#wake.resolve, milliseconds)
      await this.#wake.promise
      clearTimeout(timer)
      this.#wake = undefined
    }
    if (this.#over) return undefined
    const { missed } = this
    const entries = this.#waiting
    this.missed = 0
    this.#waiting = []
    this.#bytes = 0
    return { entries, missed }
  }

  close(): void {
    this.#over = true
    this.#wake?.resolve()
    this.#closed()
  }
}
