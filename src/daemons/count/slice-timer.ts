// Ids are remembered in slices of time, the oldest of which is dropped when a new one begins.

/** How many slices there are to the time for which ids are remembered; so much longer than asked they may be. */
export const SLICES = 8
/** Of a slice: two clocks never agree. */
const NEARLY = 0.9

/**
 * Whether a slice may end, where the clock on the wall says that its time is over: a clock that is set to and fro must forget nothing.
 * So it lasts as long by a clock that nobody sets, as far as this process has seen it begin.
 */
export class SliceTimer {
  readonly #length: number
  readonly #passed: () => number
  #newest: number | undefined
  #since = Number.NEGATIVE_INFINITY

  /** @param remember milliseconds @param passed milliseconds of a clock that nobody sets */
  constructor(remember: number, passed = () => performance.now()) {
    this.#length = remember / SLICES
    this.#passed = passed
  }

  get mayEnd(): boolean {
    return this.#passed() - this.#since >= this.#length * NEARLY
  }

  /** The number of the newest one. */
  saw(newest: number): void {
    if (this.#newest !== undefined && newest !== this.#newest) this.#since = this.#passed()
    this.#newest = newest
  }
}
