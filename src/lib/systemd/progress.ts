/** What is seen of a process at one look. */
export interface Work {
  /** Records that are in it and not yet accepted beyond it. */
  held: number
  /** A number that changes whenever anything has happened to any of them. */
  moved: number
  /** Why what it has may stay where it is: somebody else has to do something first. */
  reason: string | undefined
}

/**
 * Whether a process works, or has hung itself up. It works when it has nothing to do, when anything has happened since the last look,
 * and when it waits for somebody else: none of these would be helped by starting it again. It is stuck when at so many looks in a row
 * it had records, nothing had happened to any of them, and nobody else was to blame: a promise of a filter or a sink that never
 * settles, a bug of ours. What is counted are looks, not time: a process that was stopped, or a host that slept, is not to blame.
 */
export class Progress {
  readonly #patience: number
  #idle = 0
  #moved = Number.NaN

  /** @param patience looks without anything; one more, and it is stuck */
  constructor(patience: number) {
    this.#patience = patience
  }

  /** Looks in a row at which it did not work. */
  get idle(): number {
    return this.#idle
  }

  /** Whether it is stuck now. */
  look({ held, moved, reason }: Work): boolean {
    const works = held === 0 || reason !== undefined || moved !== this.#moved
    this.#moved = moved
    this.#idle = works ? 0 : this.#idle + 1
    return this.#idle > this.#patience
  }
}
