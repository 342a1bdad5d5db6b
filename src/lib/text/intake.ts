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
  /** Told when the list that is gathered has been accepted. */
  #told: (() => void)[] = []

  /** @param full told when nothing more should be read until the promise settles */
  constructor(feed: Pick<Feed, 'emit' | 'room'>, full: (room: Promise<void>) => void) {
    this.#feed = feed
    this.#full = full
  }

  /** @param accepted called when these records, and what was refused before them, are accepted; never, if that does not come about */
  add(records: readonly LogRecord[], accepted?: () => void): void {
    const first = this.#records.length + this.#told.length === 0
    for (const record of records) this.#records.push(record)
    if (accepted) this.#told.push(accepted)
    else if (records.length === 0) return
    if (this.#records.length >= MOST_AT_ONCE) this.flush()
    else if (first) setImmediate(() => this.flush())
  }

  flush(): void {
    const [records, told] = [this.#records, this.#told]
    if (records.length + told.length === 0) return
    this.#records = []
    const accepted = this.#feed.emit(records)
    if (told.length > 0) {
      this.#told = []
      accepted.then(
        () => {
          for (const tell of told) tell()
        },
        () => {},
      )
    }
    const room = this.#feed.room()
    if (room) this.#full(room)
  }
}
