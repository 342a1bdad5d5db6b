import { setTimeout as wait } from 'node:timers/promises'
import type { Feed } from '../../lib/index.ts'

/** Waits for room downstream, but not without an end, and tells the time. */
export class Waiting {
  readonly #feed: Pick<Feed, 'signal'>
  #full: Promise<void> | undefined
  #goOn: () => void = () => {}
  #blocked = 0

  constructor(feed: Pick<Feed, 'signal'>) {
    this.#feed = feed
    feed.signal.addEventListener('abort', () => this.#goOn(), { once: true })
  }

  /**
   * Milliseconds of a clock that nobody sets, and that stands still while nothing may be read: what has so long to come about has not
   * failed to meanwhile.
   */
  get now(): number {
    return performance.now() - this.#blocked
  }

  /** Resolves when there is room, at the latest after so many milliseconds, and when the signal comes. */
  async forRoom(full: Promise<void>, most: number): Promise<void> {
    const since = performance.now()
    // It is asked once, however often it is waited for: each question would stay with it.
    if (this.#full !== full) {
      this.#full = full
      const goOn = () => this.#goOn()
      full.then(goOn, goOn)
    }
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, most)
      this.#goOn = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#blocked += performance.now() - since
  }

  async pause(milliseconds: number): Promise<void> {
    await wait(milliseconds, undefined, { signal: this.#feed.signal }).catch(() => {})
  }
}
