// The time by which counts are forgotten. A clock that is set wrong for an hour must not delete what is to be kept for years.

/** So far a clock is followed at once, milliseconds. */
const STEP = 3_600_000
/** A clock that goes further is believed when it has stayed there for so long, as long as somebody looked. */
const PATIENCE = 86_400_000
/** For so long a host may be off, or asleep, for doubt to go on where it was: what is further away is doubted anew. */
const OFF = 7 * 86_400_000
/** Before this program was there it cannot be: a host that shows such a time has not been told it yet. */
export const NEVER_BEFORE = Date.UTC(2026, 0)

export interface Ticks {
  /** What the clock on the wall shows, epoch milliseconds. */
  wall(): number
  /** Milliseconds of a clock that nobody sets. */
  passed(): number
}

/** What is kept of it over a restart. */
export interface ClockState {
  /** The time that was believed, epoch milliseconds. */
  believed: number
  /** What the wall showed. */
  shown: number
  /** For how long it has shown something else than what was believed, milliseconds. */
  doubt: number
}

const HOST: Ticks = { wall: () => Date.now(), passed: () => performance.now() }

/** Of somebody who believed what he saw. */
export function clockAt(time: number): ClockState {
  return { believed: time, shown: time, doubt: 0 }
}

export class PatientClock {
  readonly #ticks: Ticks
  #believed: number
  #latest: number
  #shown: number
  #at: number
  #doubt: number | undefined

  /** @param start as it was when somebody looked last; a time without anybody is believed as late as a jump. */
  constructor({ believed, shown, doubt }: ClockState, ticks: Ticks = HOST) {
    this.#ticks = ticks
    this.#believed = believed
    this.#latest = believed
    this.#shown = ticks.wall()
    this.#at = ticks.passed()
    if (isSteady(this.#shown - shown)) this.#doubt = doubt || undefined
  }

  /** Epoch milliseconds: never later than the wall shows, and earlier while that is not believed. */
  now(): number {
    const [wall, at] = [this.#ticks.wall(), this.#ticks.passed()]
    const passed = at - this.#at
    const goesOn = isSteady(wall - this.#shown - passed)
    this.#believed += passed
    this.#shown = wall
    this.#at = at
    if (Math.abs(wall - this.#believed) <= STEP) this.#believe(wall)
    else this.#doubt = goesOn && this.#doubt !== undefined ? this.#doubt + passed : 0
    if (this.#doubt !== undefined && this.#doubt >= PATIENCE) this.#believe(wall)
    this.#latest = Math.max(this.#latest, this.#believed)
    return Math.min(wall, this.#believed)
  }

  /** The latest time that was believed, or that the wall shows: one that is set back does not make events of today those of the future. */
  latest(): number {
    this.now()
    return Math.max(this.#latest, this.#shown)
  }

  get state(): ClockState {
    return { believed: this.#believed, shown: this.#shown, doubt: this.#doubt ?? 0 }
  }

  #believe(wall: number): void {
    this.#believed = wall
    this.#doubt = undefined
  }
}

/** Whether who has gone so much further than time has passed goes on: one that goes from one wrong time to another is doubted anew. */
function isSteady(by: number): boolean {
  return by > -STEP && by < OFF
}
