/** So far apart, somebody has set the host's clock, and not only corrected it. */
const STEP = 2000

/** The time of the host, which goes on evenly: where its clock is set, what was measured before keeps its distance. */
export class ServerClock {
  readonly #wall: () => number
  readonly #steady: () => number
  readonly #start: number
  #shift = 0

  constructor(wall: () => number = Date.now, steady: () => number = () => performance.now()) {
    this.#wall = wall
    this.#steady = steady
    this.#start = wall() - steady()
  }

  /** Milliseconds that nobody sets: those of the host as it stood at the start. */
  now = (): number => this.#start + this.#steady()

  /** What the host's clock says of a moment of `now`. */
  wall(moment: number): number {
    return Math.round(moment + this.#shift)
  }

  /** Whether the host's clock was set since the last call. */
  isSet(): boolean {
    const shift = this.#wall() - this.now()
    if (Math.abs(shift - this.#shift) < STEP) return false
    this.#shift = shift
    return true
  }
}
