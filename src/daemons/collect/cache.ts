/**
 * Keeps what was used lately: at least half of `most` entries, and never more than that many. There are two generations, and the
 * older one is forgotten as a whole, which costs less than to move each entry to the end of one map whenever it is used.
 */
export class Cache<K, V> {
  readonly #half: number
  #young = new Map<K, V>()
  #old = new Map<K, V>()

  constructor(most: number) {
    this.#half = Math.ceil(most / 2)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: K): V | undefined {
    const found = this.#young.get(key)
    if (found !== undefined) return found
    const older = this.#old.get(key)
    if (older !== undefined) {
      this.#old.delete(key)
      this.set(key, older)
    }
    return older
  }

  set(key: K, value: V): void {
    this.#young.set(key, value)
    if (this.#young.size < this.#half) return
    this.#old = this.#young
    this.#young = new Map()
  }
}
