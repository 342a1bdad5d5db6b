/** So long something works before others have a turn, milliseconds. */
const TURN = 5

/** Does a part of something, until time is over; says whether it is done. */
export type Work = (isOver: () => boolean) => boolean

/** Does what takes long a turn at a time, one after the other: each of them is done soon, and what comes in never waits for all of it. */
export class Turns {
  readonly #waiting = new Set<Work>()

  add(work: Work): void {
    if (this.#waiting.size === 0) setImmediate(() => this.#turn())
    this.#waiting.add(work)
  }

  #turn(): void {
    const end = performance.now() + TURN
    const isOver = () => performance.now() > end
    for (const work of this.#waiting) {
      if (work(isOver)) this.#waiting.delete(work)
      if (isOver()) break
    }
    if (this.#waiting.size > 0) setImmediate(() => this.#turn())
  }
}
