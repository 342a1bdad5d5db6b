import { setTimeout as wait } from 'node:timers/promises'

/**
 * Exponential back-off with full jitter (as in AWS's "Exponential Backoff And Jitter"): many clients of one
 * broken server must not come back in step.
 */
export class Backoff {
  readonly #first: number
  readonly #most: number
  #attempt = 0

  /** Waits of up to `first` milliseconds, doubling up to `most`. */
  constructor(first = 100, most = 5_000) {
    this.#first = first
    this.#most = most
  }

  /** How many waits there were since the last success. */
  get attempts(): number {
    return this.#attempt
  }

  reset(): void {
    this.#attempt = 0
  }

  /** The next wait in milliseconds: at least a tenth of the ceiling, so that no retry is a spin. */
  next(): number {
    const ceiling = Math.min(this.#most, this.#first * 2 ** Math.min(this.#attempt++, 30))
    return ceiling * (0.1 + 0.9 * Math.random())
  }

  /** Waits; rejects at once when the signal says that nobody waits any more. */
  async wait(signal: AbortSignal): Promise<void> {
    await wait(this.next(), undefined, { signal })
  }
}
