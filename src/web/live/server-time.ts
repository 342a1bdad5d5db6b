// What the clock of the server shows now: the chart moves by it, whatever ours shows.

/** So far off, a clock was set, or this machine was asleep; milliseconds. */
const STEP = 3000
/** How fast we believe that the way has become longer. */
const SLOWLY = 0.02

export class ServerTime {
  /** Between a clock that nobody sets and that of the server. */
  #offset: number | undefined

  /** @param clock milliseconds that nobody sets */
  told(time: number, clock: number): void {
    const offset = time - clock
    if (this.#offset === undefined || Math.abs(offset - this.#offset) > STEP) this.#offset = offset
    // What took the least time on its way tells best.
    else if (offset > this.#offset) this.#offset = offset
    else this.#offset += (offset - this.#offset) * SLOWLY
  }

  /** Undefined as long as we were told nothing. */
  at(clock: number): number | undefined {
    return this.#offset === undefined ? undefined : clock + this.#offset
  }
}
