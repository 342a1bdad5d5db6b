import type { TestContext } from 'node:test'

/** Whether this is the long form, `npm run faults`. */
export const LONG = process.env.SLUICE_FAULTS === 'long'

/** Numbers that are the same again with the same seed, which is printed. */
export class Random {
  #state: number

  constructor(t: TestContext) {
    const seed = Number(process.env.SLUICE_SEED) || Date.now() % 2 ** 31
    t.diagnostic(`SLUICE_SEED=${seed}`)
    this.#state = seed
  }

  /** At least 0 and below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `from` to `to`, both of them included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.next() * from.length)]!
  }
}
