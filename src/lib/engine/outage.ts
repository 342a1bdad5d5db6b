// How the log tells that a sink cannot write, and that it can again.
import type { Logger } from 'pino'
import { messageOf } from '../errors.ts'
import { atMostEvery } from '../throttle.ts'

/** From the first write that fails until all that were tried again have succeeded. */
export class Outage {
  readonly #log: Logger
  readonly #now: () => number
  readonly #mayComplain: () => boolean
  readonly #failing = new Set<object>()
  #since = 0
  /** Whether anybody knows of it: of those that follow one another fast, not each is told. */
  #isSaid = false

  constructor(log: Logger, now: () => number = () => performance.now()) {
    this.#log = log
    this.#now = now
    this.#mayComplain = atMostEvery(60_000, now)
  }

  failed(write: object, error: unknown): void {
    if (this.#failing.size === 0) this.#since = this.#now()
    this.#failing.add(write)
    if (!this.#mayComplain()) return
    this.#isSaid = true
    this.#log.error({ error: messageOf(error) }, 'write failed; trying again until it succeeds')
  }

  succeeded(write: object): void {
    if (!this.#failing.delete(write) || this.#failing.size > 0 || !this.#isSaid) return
    this.#isSaid = false
    this.#log.info({ seconds: Number(((this.#now() - this.#since) / 1000).toFixed(1)) }, 'writing again')
  }
}
