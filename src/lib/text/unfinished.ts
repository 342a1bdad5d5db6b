import type { Context } from '../daemon.ts'
import { atMostEvery } from '../throttle.ts'

/** Bytes of texts whose ends have not come, of all connections together. */
const MOST = 64 * 1024 * 1024

/** A text that is no longer than a record must fit: its bytes, and the memory that grows with them. */
const RECORDS = 4

/** Milliseconds in which an ended connection is told of once. */
const WARN_EVERY = 10_000

/**
 * Bounds what connections hold in memory of messages that do not end: a thousand of them with a megabyte each would be more than
 * all the rest. Over the bound, the connection that holds most is ended.
 */
export class Unfinished {
  readonly #log: Context['log'] | undefined
  readonly #most: number
  readonly #held = new Map<unknown, { bytes: number; end: () => void }>()
  readonly #mayWarn = atMostEvery(WARN_EVERY)
  #total = 0

  /** @param context told of the connections that are ended; none where nothing is lost by that */
  constructor(context?: Pick<Context, 'log' | 'maxRecord'>, most = MOST) {
    this.#log = context?.log
    this.#most = Math.max(most, RECORDS * (context?.maxRecord ?? 0))
  }

  /** What somebody holds now; to be called after he has taken something. */
  note(who: unknown, bytes: number, end: () => void): void {
    const before = this.#held.get(who)
    this.#total += bytes - (before?.bytes ?? 0)
    if (before) before.bytes = bytes
    else if (bytes > 0) this.#held.set(who, { bytes, end })
    if (this.#total > this.#most) this.#endLargest()
  }

  forget(who: unknown): void {
    this.#total -= this.#held.get(who)?.bytes ?? 0
    this.#held.delete(who)
  }

  #endLargest(): void {
    const total = this.#total
    const [who, { bytes, end }] = this.#held
      .entries()
      .reduce((largest, one) => (one[1].bytes > largest[1].bytes ? one : largest))
    this.forget(who)
    if (this.#log && this.#mayWarn())
      this.#log.warn(
        { bytes, total, most: this.#most },
        'a connection was ended: of all that hold the beginning of a message it held most',
      )
    end()
  }
}
