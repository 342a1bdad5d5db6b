import { Backlog } from './backlog.ts'
import { chooserOf } from './choice.ts'
import type { Client } from './client.ts'
import type { LiveEvent } from './event.ts'
import type { Ids } from './hidden-ids.ts'
import type { Room } from './room.ts'
import type { Selection } from './selection.ts'

/** What a client asks for. */
export interface Subscription {
  selection: Selection
  /** One in so many of those that fit. */
  sample: number
  /** At most so many a second; undefined: all. */
  rate: number | undefined
}

/** Bytes that may come between two rounds. */
const MOST = 16 * 1024 * 1024

export function keyOf(subscription: Subscription): string {
  return `${choiceOf(subscription)} ${subscription.selection.key}`
}

/** That of who wants all that fit. */
export const ALL = choiceOf({ sample: 1, rate: undefined })

/** How many of the events that fit are wanted. */
export function choiceOf({ sample, rate }: Pick<Subscription, 'sample' | 'rate'>): string {
  return `${sample} ${rate ?? ''}`
}

/** All clients that want the same events. What they get is chosen, and made bytes of, once. */
export class Group {
  readonly subscription: Subscription
  readonly backlog: Backlog
  /** Those who get what comes now. */
  readonly clients = new Set<Client>()
  /** All of its clients: some may still be getting what came before. */
  members = 0
  readonly #isChosen: () => boolean
  #pending: LiveEvent[] = []
  #bytes = 0
  #skipped = 0
  readonly #room: Room

  constructor(subscription: Subscription, ids: Ids, room: Room) {
    this.subscription = subscription
    this.backlog = new Backlog(n => ids.idOf(n), room)
    this.#room = room
    this.#isChosen = chooserOf(subscription)
  }

  get selection(): Selection {
    return this.subscription.selection
  }

  /** What waits for its clients. */
  get bytes(): number {
    return this.#bytes + this.backlog.bytes
  }

  /** Takes an event whose topic fits, if it is wanted; says whether it is. */
  offer(event: LiveEvent): boolean {
    const { fits } = this.selection
    if (fits && !fits(event)) return false
    // In this order: of those that are not chosen nobody needs the line.
    if (!this.#isChosen() || event.line === '') return false
    // Once some are, all are up to the next round: those that were skipped are told behind those that were not.
    if (this.#skipped > 0 || this.#bytes > MOST || this.#room.isFull) this.#skipped++
    else {
      this.#pending.push(event)
      this.#bytes += event.size
      this.#room.bytes += event.size
    }
    return true
  }

  /** Makes frames of what has come. */
  collect(): void {
    if (this.#pending.length + this.#skipped === 0) return
    this.#room.bytes -= this.#bytes
    this.backlog.add(this.#pending, this.#skipped)
    this.#forget()
  }

  /** Nobody is there any more. */
  end(): void {
    this.#room.bytes -= this.#bytes
    this.#forget()
    this.backlog.clear()
  }

  #forget(): void {
    this.#pending = []
    this.#bytes = 0
    this.#skipped = 0
  }

  /** What came before is not for this one. (Frames are not made for that: of many who come at once, each would have all others get more of them.) */
  join(client: Client): void {
    const { index, reached } = this.backlog.end
    this.clients.add(client)
    client.follow(this.backlog, { index, reached: reached + this.#pending.length + this.#skipped })
  }
}
