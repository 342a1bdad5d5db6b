import type { Client } from './client.ts'
import type { Group } from './group.ts'

/** Milliseconds between two rounds, so that what comes close together goes together. */
const INTERVAL = 10
/** So long it writes before others have a turn, milliseconds. */
const TURN = 5
/** Clients between two looks at the clock. */
const LOOK = 16
/** Bytes of all backlogs. */
const BACKLOGS = 256 * 1024 * 1024

/**
 * Gives to the clients of groups what has come. The first event after a pause goes at once. Where there is more to write than time,
 * rounds come as far apart as each of them takes: half of the time is left for those who send.
 */
export class FanOut {
  readonly #most: number
  readonly #fresh = new Set<Group>()
  /** Groups some of whose clients did not take all. */
  readonly #behind = new Set<Group>()
  /** What is left of this round. */
  #round: { group: Group; clients: Client[] }[] = []
  #isDue = false
  #timer: NodeJS.Timeout | undefined
  #spent = 0
  #earliest = 0

  /** @param most bytes of a backlog */
  constructor(most: number) {
    this.#most = most
  }

  /** Whether all that came was written, as far as clients took it. */
  get isIdle(): boolean {
    return !this.#isDue
  }

  /** There is something for the clients of this group. */
  add(group: Group): void {
    this.#fresh.add(group)
    if (!this.#isDue) this.#schedule()
  }

  remove(group: Group): void {
    this.#fresh.delete(group)
    this.#behind.delete(group)
  }

  /** All of it, now. */
  finish(): void {
    clearTimeout(this.#timer)
    this.#begin()
    this.#write(Number.POSITIVE_INFINITY)
  }

  #schedule(): void {
    this.#isDue = true
    const wait = this.#earliest - performance.now()
    if (wait < 1) setImmediate(() => this.#turn())
    else this.#timer = setTimeout(() => this.#turn(), wait)
  }

  #turn(): void {
    const start = performance.now()
    if (this.#round.length === 0) this.#begin()
    const isDone = this.#write(start + TURN)
    const end = performance.now()
    this.#spent += end - start
    if (!isDone) {
      setImmediate(() => this.#turn())
      return
    }
    this.#earliest = end + Math.max(INTERVAL, this.#spent)
    this.#spent = 0
    this.#isDue = false
    // What has come while it wrote.
    if (this.#fresh.size > 0) this.#schedule()
  }

  #begin(): void {
    for (const group of this.#fresh) {
      group.collect()
      this.#round.push({ group, clients: [...group.clients] })
    }
    this.#fresh.clear()
  }

  /** Until the deadline; says whether it is done. */
  #write(deadline: number): boolean {
    for (let n = 1; this.#round.length > 0; n++) {
      const { group, clients } = this.#round.at(-1)!
      const client = clients.pop()
      if (client) client.serve()
      else {
        this.#round.pop()
        this.#tidy(group)
      }
      if (n % LOOK === 0 && performance.now() > deadline) return this.#round.length === 0
    }
    return true
  }

  /** What all have got is not kept; what some have not, as far as there is room. */
  #tidy(group: Group): void {
    const isBehind = group.clients.values().some(client => client.isBehind)
    if (isBehind) {
      this.#behind.add(group)
      group.backlog.trim(Math.min(this.#most, BACKLOGS / this.#behind.size))
    } else {
      this.#behind.delete(group)
      group.backlog.clear()
    }
  }
}
