import type { Client } from './client.ts'
import type { Group } from './group.ts'
import { levelOf, Room } from './room.ts'

/** Milliseconds between two rounds, so that what comes close together goes together. */
const INTERVAL = 10
/** So long it writes before others have a turn, milliseconds. */
const TURN = 5
/** Clients between two looks at the clock. */
const LOOK = 16
/** Milliseconds between two looks whether somebody is behind still. */
const LATER = 1000
/** Bytes that wait for clients, of all groups. */
const MOST = 256 * 1024 * 1024

/**
 * Gives to the clients of groups what has come. The first event after a pause goes at once. Where there is more to write than time,
 * rounds come as far apart as each of them takes: half of the time is left for those who send.
 */
export class FanOut {
  /** What waits for clients, in all groups that it is told of. */
  readonly room: Room
  readonly #most: number
  readonly #fresh = new Set<Group>()
  /** Groups some of whose clients did not take all. */
  readonly #behind = new Set<Group>()
  /** What is left of this round. */
  #round: { group: Group; clients: Client[] }[] = []
  #isDue = false
  #timer: NodeJS.Timeout | undefined
  #later: NodeJS.Timeout | undefined
  #spent = 0
  #earliest = 0

  /** @param most bytes of a backlog */
  constructor(most: number, room = new Room(MOST)) {
    this.#most = most
    this.room = room
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
    group.end()
  }

  /** All of it, now. */
  finish(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#later)
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
    if (this.room.isScarce) this.#makeRoom()
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
    if (!isBehind) {
      this.#behind.delete(group)
      group.backlog.clear()
      return
    }
    this.#behind.add(group)
    group.backlog.trim(this.#most)
    this.#later ??= setTimeout(() => this.#lookAgain(), LATER).unref()
  }

  /** Who was behind reads on where nothing comes any more, or leaves. */
  #lookAgain(): void {
    this.#later = undefined
    for (const group of this.#behind) this.#tidy(group)
  }

  /** All groups that are behind give up their oldest, those first who have the most; but for those whose turn it is still to be. */
  #makeRoom(): void {
    const due = new Set(this.#round.map(({ group }) => group))
    const all = this.#behind.union(due).union(this.#fresh)
    const level = levelOf(
      [...all].map(({ bytes }) => bytes),
      this.room.lacking,
    )
    for (const group of this.#behind) if (!due.has(group)) group.backlog.trim(level, 0)
  }
}
