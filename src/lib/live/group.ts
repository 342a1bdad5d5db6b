import { chooserOf } from './choice.ts'
import type { Client } from './client.ts'
import type { LiveEvent } from './event.ts'
import { type Frame, framesOf } from './frame.ts'
import type { Recent } from './recent.ts'
import type { Selection } from './selection.ts'

/** What a client asks for. */
export interface Subscription {
  selection: Selection
  /** One in so many of those that fit. */
  sample: number
  /** At most so many a second; undefined: all. */
  rate: number | undefined
}

/** What goes to the clients of a group at a time. */
export interface Round {
  frames: readonly Frame[]
  /** Events that came behind those, and for which there was no room. */
  missed: number
  clients: readonly Client[]
}

/** Bytes that a round may have to write, to all its clients together. */
const ROUND = 256 * 1024 * 1024
/** Bytes of events that may come between two rounds: not less than one, nor more than the other, however many clients there are. */
const LEAST_PENDING = 64 * 1024
const MOST_PENDING = 4 * 1024 * 1024

export function keyOf({ selection, sample, rate }: Subscription): string {
  return `${sample} ${rate ?? ''} ${selection.key}`
}

/** All clients that want the same events. What they get is chosen, and made bytes of, once. */
export class Group {
  readonly subscription: Subscription
  readonly clients = new Set<Client>()
  readonly #recent: Recent<LiveEvent>
  readonly #isChosen: () => boolean
  #pending: LiveEvent[] = []
  #bytes = 0
  #missed = 0

  constructor(subscription: Subscription, recent: Recent<LiveEvent>) {
    this.subscription = subscription
    this.#recent = recent
    this.#isChosen = chooserOf(subscription)
  }

  get selection(): Selection {
    return this.subscription.selection
  }

  /** Takes an event whose topic fits, if it is wanted; says whether there is something to send. */
  offer(event: LiveEvent): boolean {
    const { fits } = this.selection
    if (fits && !fits(event)) return false
    if (event.line === '' || !this.#isChosen()) return false
    if (this.#bytes >= this.#mostPending) this.#missed++
    else {
      this.#pending.push(event)
      this.#bytes += event.size
    }
    return true
  }

  get #mostPending(): number {
    return Math.min(MOST_PENDING, Math.max(LEAST_PENDING, ROUND / this.clients.size))
  }

  /** What has come since the last time, for those who are there now. */
  take(): Round | undefined {
    if (this.#pending.length === 0 && this.#missed === 0) return undefined
    const round = {
      frames: framesOf(this.#pending, n => this.#recent.idOf(n)),
      missed: this.#missed,
      clients: [...this.clients],
    }
    this.#pending = []
    this.#bytes = 0
    this.#missed = 0
    return round
  }
}
