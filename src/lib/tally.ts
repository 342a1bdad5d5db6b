/** Milliseconds in which the same is told once. */
const ONCE_IN = 60_000

/** Tells of what may come in any number: of the first at once, then once a minute of all that have come since, and at the end. */
export class Tally {
  readonly #tell: (count: number) => void
  #count = 0
  #timer: NodeJS.Timeout | undefined

  /** @param tell says how many there were */
  constructor(tell: (count: number) => void) {
    this.#tell = tell
  }

  note(count: number): void {
    this.#count += count
    if (!this.#timer) this.#tellNow()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#count > 0) this.#tellAll()
  }

  #tellNow(): void {
    this.#tellAll()
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#count > 0) this.#tellNow()
    }, ONCE_IN).unref()
  }

  #tellAll(): void {
    const count = this.#count
    this.#count = 0
    this.#tell(count)
  }
}
