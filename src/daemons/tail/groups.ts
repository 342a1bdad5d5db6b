/** Sets by a key. */
export class Groups<T> {
  readonly #groups = new Map<string, Set<T>>()

  of(key: string): ReadonlySet<T> {
    return this.#groups.get(key) ?? EMPTY
  }

  add(key: string, member: T): void {
    const group = this.#groups.get(key)
    if (group) group.add(member)
    else this.#groups.set(key, new Set([member]))
  }

  delete(key: string, member: T): void {
    const group = this.#groups.get(key)
    group?.delete(member)
    if (group?.size === 0) this.#groups.delete(key)
  }
}

const EMPTY: ReadonlySet<never> = new Set<never>()
