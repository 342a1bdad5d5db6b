import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds that are waited in a row. */
const MOST = 1_000
/** Of all time. */
const SHARE = 0.1
/** Milliseconds until it is tried again. */
const PAUSE = 1

/**
 * How long somebody is waited for who has no room: not at all, a burst would be lost to one who is well, only because the threads of
 * libzmq had no turn; and long, all the others would wait with him.
 */
export class Patience {
  readonly #now: () => number
  #left = MOST
  #before: number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#before = now()
  }

  /** Settles when it may be tried again; undefined when there has been enough waiting. */
  wait(): Promise<void> | undefined {
    const from = this.#now()
    this.#left = Math.min(MOST, this.#left + (from - this.#before) * SHARE)
    this.#before = from
    if (this.#left < PAUSE) return undefined
    return wait(PAUSE).then(() => {
      this.#left -= this.#now() - from
    })
  }
}
