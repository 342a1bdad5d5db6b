import { setImmediate as turn } from 'node:timers/promises'
import type { LogRecord } from '../../lib/index.ts'
import { type Numbered, Recent } from '../../lib/live/recent.ts'
import type { Matcher } from '../../lib/query/index.ts'

/** A record that was stored. */
export interface Stored extends Numbered {
  cursor: string
  /** Epoch milliseconds. */
  time: number
  record: LogRecord
}

/** What of the newest is kept for those who have not looked at it yet: the slow, and who lost their connection. */
const REMEMBERED = { bytes: 4 * 2 ** 20, records: 10_000 }

/** So long after the last one has left, it is kept. */
const AWAY = 60_000

/** Each looks at every record, on the thread that receives them. */
const MOST_WATCHERS = 100

/** Gives what was stored to those who watch. All read out of one list, each at its own pace. */
export class TailHub {
  readonly #recent: Recent<Stored>
  readonly #now: () => number
  readonly #watchers = new Set<Watcher>()
  #left = Number.NEGATIVE_INFINITY

  /** `life` tells this process from those before it; `now` is a clock in milliseconds. */
  constructor(life?: string, now = () => performance.now()) {
    this.#recent = new Recent(life)
    this.#now = now
  }

  get full(): boolean {
    return this.#watchers.size >= MOST_WATCHERS
  }

  /** Takes note that so many were stored, and asks for them when somebody watches, or may come back for them. */
  publish(count: number, entriesOf: () => readonly Omit<Stored, 'sequence'>[]): void {
    if (this.#watchers.size === 0 && this.#now() - this.#left >= AWAY) {
      this.#recent.skip(count)
      return
    }
    // First, so that of a large batch, too, all is there once.
    this.#recent.trim(REMEMBERED)
    for (const entry of entriesOf()) this.#recent.add({ sequence: this.#recent.sequence + 1, ...entry })
    for (const watcher of this.#watchers) watcher.wake()
  }

  /** Watches, from now on or from behind the event of this id, as far as that is remembered. */
  watch(matches: Matcher, lastId?: string): Watcher {
    const { sequence } = this.#recent
    const known = lastId === undefined ? sequence : this.#recent.sequenceOf(lastId)
    const start = { reached: known ?? sequence, lost: known === undefined }
    const watcher = new Watcher(
      sequence => this.#recent.after(sequence, SLICE),
      matches,
      start,
      () => {
        if (this.#watchers.delete(watcher)) this.#left = this.#now()
      },
    )
    this.#watchers.add(watcher)
    return watcher
  }

  /** The id of the event of this number. */
  idOf(sequence: number): string {
    return this.#recent.idOf(sequence)
  }

  /** Ends all. */
  close(): void {
    for (const watcher of this.#watchers) watcher.close()
  }
}

/** Records that are looked at before others have a turn. */
const SLICE = 500
/** Bytes that are taken at once. */
const PAGE = 256 * 1024

export interface Taken {
  /** Records that were left out before these; null: nobody knows how many. */
  missed: number | null
  entries: Stored[]
  /** Up to this number, all was looked at. */
  reached: number
}

/** Some of what came behind a number, and how many of it are forgotten. */
type Read = (sequence: number) => { entries: Stored[]; missed: number }

/** One who watches. Nothing waits for it: it lags behind, and misses what is forgotten before it comes there. */
export class Watcher {
  readonly #read: Read
  readonly #matches: Matcher
  readonly #closed: () => void
  #reached: number
  #lost: boolean
  #news: (() => void) | undefined
  #over = false

  /** Begins behind the number `reached`; `lost` when it had been elsewhere, of which nothing is known. */
  constructor(
    read: Read,
    matches: Matcher,
    { reached, lost }: { reached: number; lost: boolean },
    closed: () => void,
  ) {
    this.#read = read
    this.#matches = matches
    this.#reached = reached
    this.#lost = lost
    this.#closed = closed
  }

  get reached(): number {
    return this.#reached
  }

  /** What came that matches, or nothing after so many milliseconds. Undefined at the end. */
  async take(milliseconds: number): Promise<Taken | undefined> {
    const deadline = performance.now() + milliseconds
    while (!this.#over) {
      const before = this.#reached
      const taken = this.#look()
      const left = deadline - performance.now()
      if (taken.missed !== 0 || taken.entries.length > 0 || left <= 0) return taken
      if (this.#reached > before) await turn()
      else await this.#newsWithin(left)
    }
    return undefined
  }

  /** Says that there is something new. */
  wake(): void {
    this.#news?.()
  }

  close(): void {
    this.#over = true
    this.wake()
    this.#closed()
  }

  /** Looks at what comes next, as much as may be at once. */
  #look(): Taken {
    const { entries, missed } = this.#read(this.#reached)
    this.#reached += missed
    const found: Stored[] = []
    let bytes = 0
    for (const entry of entries) {
      this.#reached = entry.sequence
      if (!this.#matches(entry.record, entry.time)) continue
      found.push(entry)
      bytes += entry.size
      if (bytes >= PAGE) break
    }
    const lost = this.#lost
    this.#lost = false
    return { missed: lost ? null : missed, entries: found, reached: this.#reached }
  }

  async #newsWithin(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#news = resolve
    const timer = setTimeout(resolve, milliseconds)
    await promise
    clearTimeout(timer)
    this.#news = undefined
  }
}
