// The time by which counts are forgotten. A clock that is set wrong for an hour must not delete what is to be kept for years.

/** So far a clock is followed at once, milliseconds. */
const STEP = 3_600_000
/** A clock that goes further is believed when it has stayed there for so long. */
const PATIENCE = 86_400_000

export interface Ticks {
  /** What the clock on the wall shows, epoch milliseconds. */
  wall(): number
  /** Milliseconds of a clock that nobody sets. */
  passed(): number
}

const HOST: Ticks = { wall: () => Date.now(), passed: () => performance.now() }

export class PatientClock {
  readonly #ticks: Ticks
  #believed: number
  #at: number
  /** Since when the wall has shown something else. */
  #doubted: number | undefined

  /** @param start what it was when somebody looked last; a time without anybody is believed as late as a jump. */
  constructor(start: number, ticks: Ticks = HOST) {
    this.#ticks = ticks
    this.#believed = start
    this.#at = ticks.passed()
  }

  /** Epoch milliseconds: never later than the wall shows, and earlier while that is not believed. */
  now(): number {
    const [wall, at] = [this.#ticks.wall(), this.#ticks.passed()]
    this.#believed += at - this.#at
    this.#at = at
    if (Math.abs(wall - this.#believed) > STEP) this.#doubted ??= at
    else this.#doubted = undefined
    if (this.#doubted === undefined || at - this.#doubted >= PATIENCE) {
      this.#believed = wall
      this.#doubted = undefined
    }
    return Math.min(wall, this.#believed)
  }
}
