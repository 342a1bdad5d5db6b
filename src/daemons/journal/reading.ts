import type { Checkpoint, Context, Feed, LogRecord } from '../../lib/index.ts'
import { messageOf } from '../../lib/index.ts'
import type { Unwanted } from './chosen.ts'
import { type Entry, parseEntry } from './entry.ts'
import type { LineTaker } from './journalctl.ts'

/** What its reading counts. */
export const readingCounters = {
  own: 'Entries of this daemon itself; skipped, or each would make the next one',
  excluded: 'Entries of units of --exclude-unit; skipped',
  lostPlace: 'Times that the entry where it had stopped was not there any more',
  notJson: 'Lines of journalctl that were no entry; dead letters',
} as const

/** Bytes of a line that is too long which are kept. */
const HEAD = 4096

export interface ReadingOptions {
  context: Context<keyof typeof readingCounters>
  feed: Pick<Feed, 'emit' | 'room'>
  place: Checkpoint
  /** Of the entry where reading begins, which was read before; undefined at the beginning. */
  cursor: string | undefined
  unwanted: Unwanted
  toRecord(entry: Entry): LogRecord
}

/** Makes records of entries, and keeps the place. */
export class Reading implements LineTaker {
  readonly #options: ReadingOptions
  /** Of the last entry that was read. */
  #cursor: string | undefined
  /** The one that was read before comes first. */
  #before: string | undefined
  #records: LogRecord[] = []
  #moved = false

  constructor(options: ReadingOptions) {
    this.#options = options
    this.#cursor = options.cursor
  }

  /** Where journalctl is to begin when it is started now. */
  begin(): string | undefined {
    this.#before = this.#cursor
    return this.#cursor
  }

  line(text: string, whole: boolean): void {
    // In what is for people too: "-- No entries --".
    if (text.startsWith('-- ')) return
    const { context, toRecord, unwanted } = this.#options
    if (!whole) {
      const record = context.record({ message: text.slice(0, HEAD) })
      context.reject(record, 'oversize', 'an entry of more than 16 MiB as JSON')
      return
    }
    try {
      const entry = parseEntry(text)
      if (this.#isKnown(entry)) return
      const why = unwanted(entry)
      if (why) context.count(why)
      else this.#records.push(toRecord(entry))
    } catch (error) {
      context.count('notJson')
      context.reject(context.record({ message: text }), 'not-json', messageOf(error))
    }
  }

  taken(): Promise<void> | undefined {
    const { feed, place } = this.#options
    if (!this.#moved) return feed.room()
    const records = this.#records
    this.#records = []
    this.#moved = false
    feed.emit(records, { checkpoint: place, position: this.#cursor })
    return feed.room()
  }

  /** Notes where it is; true for the entry that was read before. */
  #isKnown({ __CURSOR: cursor }: Entry): boolean {
    if (typeof cursor !== 'string') throw new TypeError('an entry without __CURSOR')
    const before = this.#before
    this.#before = undefined
    this.#cursor = cursor
    this.#moved = true
    if (before === undefined) return false
    if (cursor === before) return true
    this.#options.context.count('lostPlace')
    this.#options.context.log.warn(
      { cursor: before, next: cursor },
      'the entry where it stopped is not there: removed from the journal meanwhile, or not selected any more; it goes on with the next one that is',
    )
    return false
  }
}
