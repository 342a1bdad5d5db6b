import type { Feed } from '../daemon.ts'
import type { LogRecord } from '../record.ts'

/** Records that are given on before the turn of the loop is over. */
const MOST_AT_ONCE = 1024

/**
 * Gathers the records of a turn of the event loop, from however many connections, and emits them as one list: a list costs as
 * much as some ten records.
 */
export class Intake {
  readonly #feed: Pick<Feed, 'emit' | 'room'>
  readonly #full: (room: Promise<void>) => void
  #records: LogRecord[] = []

  /** @param full told when nothing more should be read until the promise settles */
  constructor(feed: Pick<Feed, 'emit' | 'room'>, full: (room: Promise<void>) => void) {
    this.#feed = feed
    this.#full = full
  }

  add(records: readonly LogRecord[]): void {
    if (records.length === 0) return
    const first = this.#records.length === 0
    for (const record of records) this.#records.push(record)
    if (this.#records.length >= MOST_AT_ONCE) this.flush()
    else if (first) setImmediate(() => this.flush())
  }

  flush(): void {
    const records = this.#records
    if (records.length === 0) return
    this.#records = []
    this.#feed.emit(records)
    const room = this.#feed.room()
    if (room) this.#full(room)
  }
}
