import type { Writable } from 'node:stream'
import type { Batch } from '../batch.ts'
import { recordOf } from '../own-lines.ts'
import type { LogRecord } from '../record.ts'
import { lots } from '../sample.ts'
import type { Budget } from './budget.ts'

export type Match = (record: LogRecord) => boolean

export interface TapOptions {
  /** Which records are shown. */
  matches: Match
  /** One in so many of them, drawn at random: of two senders that take turns, both are seen. */
  sample: number
  /** Where they go, as NDJSON. */
  out: Writable
  budget: Budget
}

/** Bytes that wait for a reader who is slow. */
const MOST_WAITING = 1024 * 1024
/** Records between two looks at the clock. */
const AT_ONCE = 64
/** Each line of a batch may go on unread when it begins as a record with an id, however long it is. */
const ANY_LENGTH = Number.MAX_SAFE_INTEGER

/** Shows records to one reader. What that reader, or the budget, has no room for goes by unseen, and is counted. */
export class Tap {
  readonly #options: TapOptions
  /** Records that match, until one of them is shown. */
  #until = 1
  readonly #next: () => number
  #missed = 0

  constructor(options: TapOptions) {
    this.#options = options
    // The first one is shown at once: it stands for those behind it.
    this.#next = lots(options.sample, options.sample - 1)
  }

  /** Looks at a batch, now: it belongs to somebody else afterwards. */
  look(batch: Batch): void {
    const { budget, out } = this.#options
    const start = performance.now()
    const by = start + budget.left(start)
    if (by <= start || this.#isFull) {
      this.#missed += batch.count
      return
    }
    const before = this.#missed
    const lines = batch.passable(ANY_LENGTH) ? this.#ofLines(batch, by) : this.#ofRecords(batch, by)
    if (lines !== '') {
      out.write(`${formatMissed(before)}${lines}`)
      // Of this batch, what comes behind them.
      this.#missed -= before
    }
    budget.spend(performance.now() - start)
  }

  /** Says what was missed, as soon as there is room for that. */
  tell(): void {
    if (this.#missed === 0 || this.#isFull) return
    this.#options.out.write(formatMissed(this.#missed))
    this.#missed = 0
  }

  get #isFull(): boolean {
    return this.#options.out.writableLength > MOST_WAITING
  }

  /** What nobody has read stays unread, but for what is shown. */
  #ofLines(batch: Batch, by: number): string {
    const { matches } = this.#options
    return this.#pick(batch.count, by, n => {
      // Without a condition, what is not shown need not be read either.
      if (this.#matchesAll && this.#until > 1) return this.#skip()
      const line = batch.line(n).toString()
      const record = recordOf(line)
      // It only looked like a record. Who reads it will say so; here it is seen by whoever wants to see all.
      if (!record)
        return this.#matchesAll && this.#isTurn() ? `${JSON.stringify({ message: line.trimEnd() })}\n` : ''
      return matches(record) && this.#isTurn() ? line : ''
    })
  }

  #ofRecords({ records }: Batch, by: number): string {
    const { matches } = this.#options
    return this.#pick(records.length, by, n => {
      const record = records[n]!
      return matches(record) && this.#isTurn() ? lineOf(record) : ''
    })
  }

  /** The lines of `count` records, as far as there is time. */
  #pick(count: number, by: number, line: (n: number) => string): string {
    let lines = ''
    for (let n = 0; n < count; n++) {
      const isOver = n % AT_ONCE === 0 && n > 0 && performance.now() > by
      if (isOver || lines.length > MOST_WAITING) {
        this.#missed += count - n
        break
      }
      lines += line(n)
    }
    return lines
  }

  get #matchesAll(): boolean {
    return this.#options.matches === everything
  }

  #skip(): string {
    this.#until--
    return ''
  }

  /** Of those that match, whether this is the one to be shown. */
  #isTurn(): boolean {
    this.#until--
    if (this.#until > 0) return false
    this.#until = this.#next()
    return true
  }
}

/** The condition of who wants to see all. */
export const everything: Match = () => true

function formatMissed(missed: number): string {
  return missed > 0 ? `{"@meta":{"missed":${missed}}}\n` : ''
}

/** A record that cannot be written as JSON is a dead letter soon, which says why. */
function lineOf(record: LogRecord): string {
  try {
    return `${JSON.stringify(record)}\n`
  } catch {
    return ''
  }
}
