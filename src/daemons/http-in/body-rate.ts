/** How slowly a body may come: nothing for so long, and in the long run so many bytes a second. */
const GRACE = 30_000
const LEAST_RATE = 1024

/** Tells when a client is too slow. What it waits for us does not count. */
export class BodyRate {
  readonly #tooSlow: () => void
  readonly #grace: number
  readonly #now: () => number
  /** When it is, if nothing more comes. */
  #end: number
  #pausedAt: number | undefined
  #timer: NodeJS.Timeout

  constructor(tooSlow: () => void, grace = GRACE, now = () => performance.now()) {
    this.#tooSlow = tooSlow
    this.#grace = grace
    this.#now = now
    this.#end = now() + grace
    this.#timer = setTimeout(this.#look, grace)
  }

  came(bytes: number): void {
    // Who was fast may not be silent for hours in return.
    this.#end = Math.min(
      this.#end + (bytes / LEAST_RATE) * 1000,
      (this.#pausedAt ?? this.#now()) + this.#grace,
    )
  }

  pause(): void {
    this.#pausedAt ??= this.#now()
  }

  resume(): void {
    if (this.#pausedAt === undefined) return
    this.#end += this.#now() - this.#pausedAt
    this.#pausedAt = undefined
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  readonly #look = (): void => {
    const left = this.#pausedAt === undefined ? this.#end - this.#now() : this.#grace
    if (left <= 0) this.#tooSlow()
    // Not for days, however much has come by then.
    else this.#timer = setTimeout(this.#look, Math.min(left + 1, this.#grace))
  }
}
