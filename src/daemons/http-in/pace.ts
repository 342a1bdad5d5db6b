/** How slowly a body may come: so long at once, and so many bytes in each second after that. */
const GRACE = 30_000
const LEAST_RATE = 1024

/** Tells when a client is too slow. What it waits for us does not count. */
export class Pace {
  readonly #tooSlow: () => void
  readonly #grace: number
  /** performance.now() at which it is, if nothing more comes. */
  #end: number
  #pausedAt: number | undefined
  #timer: NodeJS.Timeout

  constructor(tooSlow: () => void, grace = GRACE) {
    this.#tooSlow = tooSlow
    this.#grace = grace
    this.#end = performance.now() + grace
    this.#timer = setTimeout(this.#look, grace)
  }

  came(bytes: number): void {
    this.#end += (bytes / LEAST_RATE) * 1000
  }

  pause(): void {
    this.#pausedAt ??= performance.now()
  }

  resume(): void {
    if (this.#pausedAt === undefined) return
    this.#end += performance.now() - this.#pausedAt
    this.#pausedAt = undefined
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  readonly #look = (): void => {
    const left = this.#pausedAt === undefined ? this.#end - performance.now() : this.#grace
    if (left <= 0) this.#tooSlow()
    // Not for days, however much has come by then.
    else this.#timer = setTimeout(this.#look, Math.min(left + 1, this.#grace))
  }
}
