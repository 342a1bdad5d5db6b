// A record's key: when its event was, in milliseconds, and a number within that millisecond. Sorted by key is sorted by
// time, so a range of time is a range of keys, and a page goes on where the last one ended.

/** Keys of one millisecond. */
export const PER_MILLISECOND = 1024
// The year 2109. A key is an exact double up to twice that, so also when many records of this time have to move on.
const LATEST = 2 ** 42
const REMEMBERED = 4096

/** The first key of a millisecond. Times before 1970, and after 2109, come to lie at the ends. */
export function firstKeyAt(time: number): number {
  return Math.min(Math.max(Math.floor(time), 0), LATEST) * PER_MILLISECOND
}

export function timeOfKey(key: number): number {
  return Math.floor(key / PER_MILLISECOND)
}

/**
 * Gives each record the first free key at its time, or behind it: when more than 1,024 records share a millisecond
 * (RFC 3164 knows only seconds), the rest come to lie in the next ones, in the order in which they came.
 */
export class KeyMint {
  readonly #lastBetween: (from: number, to: number) => number | undefined
  /** By the first key of a millisecond: its first free one. */
  readonly #free = new Map<number, number>()
  /** By the first key of a millisecond that is full: that of the one where there was room last. */
  readonly #room = new Map<number, number>()
  #highest: number

  /** `lastBetween` looks up the highest key in use in a range (its end exclusive); `highest` is that of all. */
  constructor(lastBetween: (from: number, to: number) => number | undefined, highest: number) {
    this.#lastBetween = lastBetween
    this.#highest = highest
  }

  mint(time: number): number {
    const wanted = firstKeyAt(time)
    let start = this.#room.get(wanted) ?? wanted
    let key = this.#freeAt(start)
    while (key === start + PER_MILLISECOND) {
      start += PER_MILLISECOND
      key = this.#freeAt(start)
    }
    if (this.#free.size >= REMEMBERED) {
      this.#free.clear()
      this.#room.clear()
    }
    if (start !== wanted) this.#room.set(wanted, start)
    this.#free.set(start, key + 1)
    this.#highest = Math.max(this.#highest, key)
    return key
  }

  /** Takes back the key that was given last: its record was a repeat. */
  giveBack(key: number): void {
    const start = key - (key % PER_MILLISECOND)
    if (this.#free.get(start) === key + 1) this.#free.set(start, key)
  }

  #freeAt(start: number): number {
    const free = this.#free.get(start)
    if (free !== undefined) return free
    // Live records are the newest of all, so this is no question of the disk.
    if (start > this.#highest) return start
    const last = this.#lastBetween(start, start + PER_MILLISECOND)
    return last === undefined ? start : last + 1
  }
}

/** Keys from (inclusive) to (exclusive). */
export interface KeyRange {
  from: number
  to: number
}

/** Everything from (inclusive) to (exclusive), epoch milliseconds, as keys. */
export function keyRange(from: number, to: number): KeyRange {
  return {
    from: Number.isFinite(from) ? firstKeyAt(from) : 0,
    to: Number.isFinite(to) ? firstKeyAt(to) : Number.MAX_SAFE_INTEGER,
  }
}
