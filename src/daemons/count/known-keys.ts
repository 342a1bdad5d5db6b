// The keys that there are, and whether there may be one more: what strangers make up must not end the counting of others.

import { hash } from 'node:crypto'

/** Why there is no room for a key: there are too many, or too many that begin like it. */
export type NoRoom = 'full' | 'share'

/** A few megabytes where they are long. */
const MOST_LATELY = 10_000

/** What is known of them. */
class Keys {
  readonly all = new Set<number>()
  /** How many there are by their first part. */
  readonly shares = new Map<number, number>()

  add(key: string): void {
    const { size } = this.all
    if (this.all.add(printOf(key)).size === size) return
    const first = firstOf(key)
    this.shares.set(first, (this.shares.get(first) ?? 0) + 1)
  }
}

/**
 * Room for so many keys. Those that begin with the same part may be as many as half of what all others leave (of one such part half, of
 * two a third each, and so on): whoever makes up types for one account fills no room that others need.
 *
 * Keys may be long and are many, so of each there is a number.
 */
export class KnownKeys {
  readonly most: number
  #keys = new Keys()
  /** Those that take their place when all of them have come. */
  #next: Keys | undefined
  /** Some that are there, as texts: to hash a key takes 2 µs, a tenth of what an event takes. */
  readonly #lately = new Set<string>()

  constructor(most: number) {
    this.most = most
  }

  get size(): number {
    return this.#keys.all.size
  }

  /** How many begin like this one. */
  shareOf(key: string): number {
    return this.#keys.shares.get(firstOf(key)) ?? 0
  }

  /** When all of them have come there are these, however many, and those that were taken meanwhile. */
  async replace(pages: AsyncIterable<readonly string[]>): Promise<void> {
    const next = new Keys()
    this.#next = next
    try {
      for await (const page of pages) for (const key of page) next.add(key)
    } finally {
      this.#next = undefined
    }
    this.#keys = next
    this.#lately.clear()
  }

  /** Undefined: it is one of them, or is from now on. */
  take(key: string): NoRoom | undefined {
    if (this.#lately.has(key)) return undefined
    if (this.#keys.all.has(printOf(key))) return this.#note(key)
    if (this.size >= this.most) return 'full'
    const own = this.shareOf(key)
    if (own * 2 >= this.most - (this.size - own)) return 'share'
    this.#keys.add(key)
    this.#next?.add(key)
    return this.#note(key)
  }

  #note(key: string): undefined {
    if (this.#lately.size >= MOST_LATELY) this.#lately.clear()
    this.#lately.add(key)
  }
}

function firstOf(key: string): number {
  const end = key.indexOf('/')
  return printOf(end < 0 ? key : key.slice(0, end))
}

/** Of a million, two are one with a chance of 1 in 500: then there is a key more than there may be. */
function printOf(key: string): number {
  return hash('sha256', key, 'buffer').readUIntBE(0, 6)
}
