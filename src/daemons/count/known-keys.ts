// The keys that there are, and whether there may be one more: what strangers make up must not end the counting of others.

import { accountOfKey } from './key.ts'

/** Why there is no room for a key: there are too many, or too many that begin like it. */
export type NoRoom = 'full' | 'share'

/**
 * Room for so many keys. Those that begin with the same part may be as many as half of what all others leave (of one such part half, of
 * two a third each, and so on): whoever makes up types for one account fills no room that others need.
 */
export class KnownKeys {
  readonly most: number
  #keys = new Set<string>()
  /** How many there are by their first part. */
  #shares = new Map<string, number>()

  constructor(most: number) {
    this.most = most
  }

  get size(): number {
    return this.#keys.size
  }

  /** How many begin like this one. */
  shareOf(key: string): number {
    return this.#shares.get(accountOfKey(key)) ?? 0
  }

  /** From now on there are these, however many. */
  replace(keys: Iterable<string>): void {
    this.#keys = new Set()
    this.#shares = new Map()
    for (const key of keys) this.#add(key)
  }

  /** Undefined: it is one of them, or is from now on. */
  take(key: string): NoRoom | undefined {
    if (this.#keys.has(key)) return undefined
    if (this.size >= this.most) return 'full'
    const own = this.shareOf(key)
    if (own * 2 >= this.most - (this.size - own)) return 'share'
    this.#add(key)
    return undefined
  }

  #add(key: string): void {
    if (this.#keys.has(key)) return
    this.#keys.add(key)
    this.#shares.set(accountOfKey(key), this.shareOf(key) + 1)
  }
}
