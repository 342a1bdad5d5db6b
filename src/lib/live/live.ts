import { setImmediate as turn } from 'node:timers/promises'
import { compileTopic } from '../pubsub/topic.ts'
import type { LogRecord } from '../record.ts'
import { Beats } from './beats.ts'
import { CatchUp, type Start } from './catch-up.ts'
import type { OpenChart } from './chart.ts'
import type { Client } from './client.ts'
import { Crowd } from './crowd.ts'
import { LiveEvent } from './event.ts'
import { FanOut } from './fan-out.ts'
import { Group, type Subscription } from './group.ts'
import { Groups } from './groups.ts'
import { Guests } from './guests.ts'
import { HiddenIds, type Ids } from './hidden-ids.ts'
import type { LiveCounter } from './options.ts'
import { Rates } from './rates.ts'
import { Recent } from './recent.ts'
import type { Selection } from './selection.ts'
import { Turns } from './turns.ts'

export interface LiveOptions {
  /** Template of the topic of an event. */
  topic: string
  /** Fields whose values are always counted. */
  fields: readonly string[]
  /** The most clients at a time. */
  clients: number
  /** Bytes that may wait for those clients of a group who are slow. */
  clientBuffer: number
  count(counter: LiveCounter, n?: number): void
}

/** What of the newest is kept: for those who come, and, as long as there is somebody, for those who come back. */
const KEPT = { bytes: 4 * 2 ** 20, records: 1000 }
const REMEMBERED = { bytes: 16 * 2 ** 20, records: 10_000 }
/** So long after the last one has left, he may come back; milliseconds. */
const AWAY = 60_000

/** Gives events to people as they come: whoever they are, they slow down neither each other nor those who send. */
export class Live {
  readonly options: LiveOptions
  readonly recent = new Recent<LiveEvent>()
  readonly rates: Rates
  readonly guests = new Guests()
  readonly #topicOf: (record: LogRecord) => string
  readonly #groups = new Groups(
    subscription => this.#begin(subscription),
    group => this.#end(group),
  )
  readonly #fanOut: FanOut
  readonly #turns = new Turns()
  readonly #hiddenIds = new HiddenIds(() => this.recent.sequence)
  readonly #clients = new Map<Client, Group>()
  readonly #crowd: Crowd
  #left = Number.NEGATIVE_INFINITY
  #onEmpty: (() => void) | undefined
  #isClosing = false
  readonly #beats = new Beats()

  constructor(options: LiveOptions) {
    this.options = options
    this.#crowd = new Crowd(options.clients, counter => options.count(counter))
    this.#topicOf = compileTopic(options.topic)
    this.rates = new Rates(options.fields)
    this.#fanOut = new FanOut(options.clientBuffer)
  }

  /** @param goesOn to somebody who may change it */
  publish(record: LogRecord, goesOn = false): void {
    const event = new LiveEvent(this.recent.sequence + 1, record, this.#topicOf(record))
    this.recent.add(event)
    this.recent.trim(this.#isAwaited ? REMEMBERED : KEPT)
    this.rates.count(event)
    for (const group of this.#groups.of(event.topic))
      if (group.clients.size > 0 && group.offer(event)) this.#fanOut.add(group)
    event.settle(goesOn)
  }

  /** Why nobody more can come in who may see this account (undefined: everything); undefined when there is room. */
  refusal(account: string | undefined): string | undefined {
    return this.#crowd.refusal(account)
  }

  /** Why nobody more can come in with this subscription. */
  refusalOf(subscription: Subscription): string | undefined {
    return this.refusal(subscription.selection.account) ?? this.#groups.refusalOf(subscription)
  }

  /** Why there is no room for one more chart of this. */
  refusalOfChart(selection: Selection, by: readonly string[]): string | undefined {
    const isFull = !this.rates.hasRoom(selection, by)
    const refusal = isFull ? 'too many different charts at once; ask for the same as others do' : undefined
    return this.refusal(selection.account) ?? refusal
  }

  /** It says goodbye: who comes back at once would have to be told again. */
  get isClosing(): boolean {
    return this.#isClosing
  }

  /** The id of the newest event as this account (undefined: everything) is told it, where everybody was given all up to it. */
  placeFor(account: string | undefined): string | undefined {
    return this.#fanOut.isIdle ? this.#idsFor(account).idOf(this.recent.sequence) : undefined
  }

  /** Gives rates of what is selected, by these fields. */
  openChart(open: OpenChart, selection: Selection, by: readonly string[]): void {
    this.#crowd.enter(selection.account)
    this.rates.watch(open, selection, by, () => this.#crowd.leave(selection.account))
  }

  /** From now on this client gets what it asks for: first what came behind `lastId`, or so many of the newest. */
  enter(client: Client, subscription: Subscription, start: Start): void {
    const group = this.#groups.enter(subscription)
    this.#clients.set(client, group)
    this.#crowd.enter(subscription.selection.account)
    const catchUp = new CatchUp(
      client,
      this.recent,
      subscription,
      start,
      this.#idsFor(subscription.selection.account),
    )
    catchUp.start(this.#turns, () => group.join(client))
    this.#beats.add(client)
  }

  leave(client: Client): void {
    const group = this.#clients.get(client)
    if (!group) return
    client.isGone = true
    this.#clients.delete(client)
    this.#beats.remove(client)
    this.#crowd.leave(group.selection.account)
    group.clients.delete(client)
    this.#groups.leave(group)
    if (this.#clients.size > 0) return
    this.#left = performance.now()
    this.#onEmpty?.()
  }

  /** Gives out what is there, and says goodbye to all; within so many milliseconds they have gone. */
  async close(within: number): Promise<void> {
    this.#isClosing = true
    this.#fanOut.finish()
    this.rates.close()
    const all = [...this.#clients.keys()]
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onEmpty = resolve
    for (const client of all) client.close()
    const timer = setTimeout(resolve, within)
    if (this.#clients.size > 0) await promise
    clearTimeout(timer)
    for (const client of this.#clients.keys()) client.destroy()
    // What was written last leaves at the end of this turn.
    await turn()
  }

  /** Whether somebody is there, or may come back for what he did not get. */
  get #isAwaited(): boolean {
    return this.#clients.size > 0 || performance.now() - this.#left < AWAY
  }

  #idsFor(account: string | undefined): Ids {
    return account === undefined ? this.recent : this.#hiddenIds
  }

  #begin(subscription: Subscription): Group {
    this.options.count('subscriptions')
    return new Group(subscription, this.#idsFor(subscription.selection.account), this.#fanOut.room)
  }

  #end(group: Group): void {
    this.options.count('subscriptionsEnded')
    this.#fanOut.remove(group)
  }
}
