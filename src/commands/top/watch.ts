import type { Credentials, Door } from '../../lib/asking/doors.ts'
import { ask, type Running } from '../../lib/asking/running.ts'

/** What one daemon said, and when: milliseconds of a clock that is not set. */
export interface Said {
  running: Running
  at: number
}

/** What is known of who is asked at one door. */
export interface Seen {
  address: string
  last?: Said
  before?: Said
  /** Why there is no answer to the last question. */
  why?: string
  /** It is the socket of a daemon that was killed, before anybody looked. */
  isDead?: boolean
  /** Since when it has not answered the question that is under way. */
  asked?: number
}

/** Asks again and again, each on its own: one that does not answer delays no other. */
export class Watch {
  readonly #credentials: Credentials
  readonly #seen = new Map<string, Seen>()

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  /** Asks all of them who have answered. Resolves when the last one has said something, or is known not to. */
  async look(doors: readonly Door[]): Promise<void> {
    const there = new Set(doors.map(({ address }) => address))
    for (const address of this.#seen.keys()) if (!there.has(address)) this.#seen.delete(address)
    await Promise.all(doors.map(door => this.#ask(door)))
  }

  /** In the order in which they were found. A process that is asked at two doors is there once. */
  get seen(): Seen[] {
    const lives = new Set<string>()
    return [...this.#seen.values()].filter(({ last, isDead }) => {
      if (!last) return !isDead
      const life = `${last.running.name} ${last.running.life}`
      return !lives.has(life) && lives.add(life)
    })
  }

  /** What daemons have left behind that were killed before anybody looked. */
  get dead(): Seen[] {
    return [...this.#seen.values()].filter(({ isDead }) => isDead)
  }

  async #ask(door: Door): Promise<void> {
    const seen = this.#seen.get(door.address) ?? { address: door.address }
    this.#seen.set(door.address, seen)
    if (seen.asked !== undefined) return
    seen.asked = performance.now()
    const said = await ask(door, this.#credentials)
    delete seen.asked
    if ('why' in said) {
      seen.why = said.why
      seen.isDead = said.isDead && !seen.last
      return
    }
    delete seen.why
    delete seen.isDead
    const isSame = seen.last?.running.life === said.life
    if (isSame) seen.before = seen.last!
    else delete seen.before
    seen.last = { running: said, at: performance.now() }
  }
}
