import { chooserOf } from './choice.ts'
import type { Client } from './client.ts'
import type { LiveEvent } from './event.ts'
import { FRAME, Frame } from './frame.ts'
import type { Subscription } from './group.ts'
import type { Ids } from './hidden-ids.ts'
import type { Recent } from './recent.ts'
import { isWanted } from './selection.ts'
import type { Turns } from './turns.ts'

/** Where a client wants to begin. */
export interface Start {
  /** With so many of the newest. */
  last: number
  /** Or behind the event of this id. */
  lastId?: string | undefined
}

/** Events that are looked at at a time. */
const SLICE = 500

/** Gives a client what came before it, as fast as it takes that. It is ready when there is no more. */
export class CatchUp {
  readonly #client: Client
  readonly #recent: Recent<LiveEvent>
  readonly #ids: Ids
  readonly #subscription: Subscription
  readonly #isChosen: () => boolean
  /** All up to this one was looked at. */
  #reached: number
  /** How many of the newest are still to be found, and before which one. */
  #wanted: number
  #before: number
  /** The numbers of those that were found, the newest first: nothing is kept for who does not read. */
  readonly #newest: number[] = []

  constructor(
    client: Client,
    recent: Recent<LiveEvent>,
    subscription: Subscription,
    start: Start,
    ids: Ids = recent,
  ) {
    this.#client = client
    this.#ids = ids
    this.#recent = recent
    this.#subscription = subscription
    this.#isChosen = chooserOf(subscription)
    this.#reached = recent.sequence
    this.#before = recent.sequence + 1
    this.#wanted = start.lastId === undefined ? start.last : 0
    if (start.lastId !== undefined) this.#goBack(start.lastId)
  }

  /**
   * Begins. Whatever it looks for, what is kept may be all that others have to wait for, so it takes turns.
   * @param ready called as soon as the client has all that there is
   */
  start(turns: Turns, ready: () => void): void {
    const client = this.#client
    const work = (isOver: () => boolean) => {
      while (client.hasRoom) {
        if (this.#isDone) {
          client.onRoom = undefined
          ready()
          return true
        }
        this.#step(isOver)
        if (isOver()) return false
      }
      return true
    }
    client.onRoom = () => turns.add(work)
    if (this.#isDone) work(() => false)
    else turns.add(work)
  }

  get #isDone(): boolean {
    return this.#wanted === 0 && this.#newest.length === 0 && this.#reached === this.#recent.sequence
  }

  #step(isOver: () => boolean): void {
    if (this.#wanted > 0) this.#search(isOver)
    else if (this.#newest.length > 0) this.#giveNewest()
    else this.#goOn(isOver)
  }

  /** Looks for the newest, from the end. */
  #search(isOver: () => boolean): void {
    const entries = this.#recent.before(this.#before, SLICE)
    if (entries.length === 0) this.#wanted = 0
    for (const event of entries.reverse()) {
      this.#before--
      if (this.#isWanted(event)) {
        this.#newest.push(event.sequence)
        this.#wanted--
      }
      if (this.#wanted === 0 || isOver()) return
    }
  }

  /** Gives a frame of those that were found. What is forgotten by now it missed. */
  #giveNewest(): void {
    const found: LiveEvent[] = []
    let missed = 0
    for (let bytes = 0; this.#newest.length > 0 && bytes < FRAME; ) {
      const event = this.#recent.at(this.#newest.pop()!)
      if (event) {
        found.push(event)
        bytes += event.size
      } else missed++
    }
    if (missed > 0) {
      this.#client.noteMissed(missed)
      this.#client.tell(missed)
    }
    this.#write(found)
  }

  /** Gives a frame of what came behind what it has. */
  #goOn(isOver: () => boolean): void {
    const { entries, missed } = this.#recent.after(this.#reached, SLICE)
    if (missed > 0) this.#tell(missed)
    this.#reached += missed
    const found: LiveEvent[] = []
    let bytes = 0
    for (const event of entries) {
      this.#reached++
      if (this.#isWanted(event) && this.#isChosen()) {
        found.push(event)
        bytes += event.size
      }
      if (bytes >= FRAME || isOver()) break
    }
    this.#write(found)
  }

  #goBack(lastId: string): void {
    const sequence = this.#ids.sequenceOf(lastId)
    if (sequence === undefined) this.#client.tell(null)
    else this.#reached = sequence
  }

  /** What is forgotten nobody can look into: how many of those it wanted is only known of one who wants all. */
  #tell(missed: number): void {
    const { selection, sample, rate } = this.#subscription
    const isAll = selection.isAll && sample === 1 && rate === undefined
    if (isAll) this.#client.noteMissed(missed)
    this.#client.tell(isAll ? missed : null)
  }

  #isWanted(event: LiveEvent): boolean {
    return isWanted(this.#subscription.selection, event) && event.line !== ''
  }

  #write(events: readonly LiveEvent[]): void {
    if (events.length > 0) this.#client.write(new Frame(events, n => this.#ids.idOf(n)))
  }
}
