import { setTimeout as wait } from 'node:timers/promises'

/** So many wrong tokens may wait for their answer at a time. */
const MOST_WAITING = 20

/** How long who brings a wrong one waits for the answer, in milliseconds. */
export const WRONG_TOKEN = 1000

/** Those who brought a wrong token: they wait. */
export class WrongTokens {
  readonly #delay: number
  #waiting = 0

  constructor(delay = WRONG_TOKEN) {
    this.#delay = delay
  }

  /**
   * Waits before a wrong one is answered; false when too many wait already. Who brings the right one is let in before this: no
   * stranger's guesses keep him out.
   */
  async slowly(): Promise<boolean> {
    if (this.#waiting >= MOST_WAITING) return false
    this.#waiting++
    // Nobody waits for it to stop.
    await wait(this.#delay, undefined, { ref: false })
    this.#waiting--
    return true
  }
}
