import { chooserOf } from './choice.ts'
import type { Client } from './client.ts'
import type { LiveEvent } from './event.ts'
import { framesOf } from './frame.ts'
import type { Subscription } from './group.ts'
import type { Recent } from './recent.ts'
import { isWanted } from './selection.ts'

/** Where a client wants to begin. */
export interface Start {
  /** With so many of the newest. */
  last: number
  /** Or behind the event of this id. */
  lastId?: string | undefined
}

/** Events that are looked at before others have a turn. */
const SLICE = 500

/** Gives a client what came before it, as fast as it takes that. It is ready when there is no more. */
export class CatchUp {
  readonly #client: Client
  readonly #recent: Recent<LiveEvent>
  readonly #subscription: Subscription
  readonly #ready: () => void
  readonly #isChosen: () => boolean
  /** All up to this one was looked at. */
  #reached: number
  #newest: LiveEvent[] = []

  /** @param ready called as soon as it has all that there is */
  constructor(
    client: Client,
    recent: Recent<LiveEvent>,
    subscription: Subscription,
    start: Start,
    ready: () => void,
  ) {
    this.#client = client
    this.#recent = recent
    this.#subscription = subscription
    this.#ready = ready
    this.#isChosen = chooserOf(subscription)
    this.#reached = recent.sequence
    if (start.lastId !== undefined) this.#goBack(start.lastId)
    else if (start.last > 0) this.#newest = recent.newest(start.last, event => this.#isWanted(event))
    client.onRoom = () => this.step()
    this.step()
  }

  step(): void {
    const client = this.#client
    while (client.hasRoom) {
      if (this.#newest.length > 0) {
        this.#write(this.#newest.splice(0, SLICE))
        continue
      }
      const { entries, missed } = this.#recent.after(this.#reached, SLICE)
      if (missed > 0) this.#tell(missed)
      this.#reached += missed + entries.length
      if (entries.length === 0) {
        client.onRoom = undefined
        this.#ready()
        return
      }
      this.#write(entries.filter(event => this.#isWanted(event) && this.#isChosen()))
    }
  }

  #goBack(lastId: string): void {
    const sequence = this.#recent.sequenceOf(lastId)
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
    return event.line !== '' && isWanted(this.#subscription.selection, event)
  }

  #write(events: readonly LiveEvent[]): void {
    for (const frame of framesOf(events, n => this.#recent.idOf(n))) this.#client.write(frame)
  }
}
