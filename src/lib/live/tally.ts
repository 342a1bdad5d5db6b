/** How many there are of each kind. */
export class Tally {
  readonly #counts = new Map<string, number>()

  /** Different kinds. */
  get size(): number {
    return this.#counts.size
  }

  of(kind: string): number {
    return this.#counts.get(kind) ?? 0
  }

  add(kind: string): void {
    this.#counts.set(kind, this.of(kind) + 1)
  }

  remove(kind: string): void {
    const left = this.of(kind) - 1
    if (left > 0) this.#counts.set(kind, left)
    else this.#counts.delete(kind)
  }
}

/**
 * Whether there is room for one more. Of an account only as long as it has fewer than are free: at most half of what the others
 * leave, so that no account can take everything.
 */
export function hasShare(account: string | undefined, own: number, all: number, most: number): boolean {
  return all < most && (account === undefined || own < most - all)
}
