import type { ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { compileTopic } from '../pubsub/topic.ts'
import type { LogRecord } from '../record.ts'
import { Beats } from './beats.ts'
import { CatchUp, type Start } from './catch-up.ts'
import type { Client } from './client.ts'
import { LiveEvent } from './event.ts'
import { FanOut } from './fan-out.ts'
import { ALL, choiceOf, Group, keyOf, type Subscription } from './group.ts'
import { Guests } from './guests.ts'
import { HiddenIds, type Ids } from './hidden-ids.ts'
import type { LiveCounter } from './options.ts'
import { Rates } from './rates.ts'
import { Recent } from './recent.ts'
import type { Selection } from './selection.ts'
import { hasShare, Tally } from './tally.ts'
import { TopicIndex } from './topic-index.ts'
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
/** Groups whose condition is asked of every event. */
const MOST_CONDITIONS = 500
/** Different `sample` and `rate` of groups without a condition: each makes bytes of its own out of all events. */
const MOST_CHOICES = 100

/** Gives events to people as they come: whoever they are, they slow down neither each other nor those who send. */
export class Live {
  readonly options: LiveOptions
  readonly recent = new Recent<LiveEvent>()
  readonly rates: Rates
  readonly guests = new Guests()
  readonly #topicOf: (record: LogRecord) => string
  readonly #groups = new Map<string, Group>()
  readonly #index = new TopicIndex(() => this.#groups.values())
  readonly #fanOut: FanOut
  readonly #turns = new Turns()
  readonly #hiddenIds = new HiddenIds(() => this.recent.sequence)
  readonly #clients = new Map<Client, Group>()
  /** How many clients, charts among them, each account has. */
  readonly #accounts = new Tally()
  readonly #choices = new Tally()
  #charts = 0
  #left = Number.NEGATIVE_INFINITY
  #onEmpty: (() => void) | undefined
  #isClosing = false
  readonly #beats = new Beats()

  constructor(options: LiveOptions) {
    this.options = options
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
    if (this.#groups.size > 0)
      for (const group of this.#index.of(event.topic))
        if (group.clients.size > 0 && group.offer(event)) this.#fanOut.add(group)
    event.settle(goesOn)
  }

  /** Why nobody more can come in who may see this account (undefined: everything); undefined when there is room. */
  refusal(account: string | undefined): string | undefined {
    const { clients } = this.options
    const here = this.#clients.size + this.#charts
    if (hasShare(account, this.#accounts.of(account ?? ''), here, clients)) return undefined
    const whose = here < clients ? ' of this account' : ''
    return `too many clients${whose} at once; try again when others have left`
  }

  /** Why nobody more can come in with this subscription. */
  refusalOf(subscription: Subscription): string | undefined {
    const { account, fits } = subscription.selection
    const refusal = this.refusal(account)
    if (refusal || this.#groups.has(keyOf(subscription))) return refusal
    if (!fits) {
      const choice = choiceOf(subscription)
      if (choice === ALL || this.#choices.of(choice) > 0 || this.#choices.size < MOST_CHOICES)
        return undefined
      return 'too many different samples and rates at once; ask for the same as others do'
    }
    const conditions = [...this.#groups.values()].filter(({ selection }) => selection.fits)
    const own = conditions.filter(({ selection }) => selection.account === account)
    if (hasShare(account, own.length, conditions.length, MOST_CONDITIONS)) return undefined
    const whose = conditions.length < MOST_CONDITIONS ? ' of this account' : ''
    return `too many different conditions${whose} at once; ask for topics, or for the same as others do`
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
  openChart(response: ServerResponse, selection: Selection, by: readonly string[]): void {
    const account = selection.account ?? ''
    this.#charts++
    this.#accounts.add(account)
    this.options.count('clients')
    const onGone = () => {
      this.#charts--
      this.#accounts.remove(account)
      this.options.count('clientsLeft')
    }
    this.rates.watch(response, selection, by, onGone)
  }

  /** From now on this client gets what it asks for: first what came behind `lastId`, or so many of the newest. */
  enter(client: Client, subscription: Subscription, start: Start): void {
    const group = this.#groupFor(subscription)
    group.members++
    this.#clients.set(client, group)
    this.#accounts.add(subscription.selection.account ?? '')
    this.options.count('clients')
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
    this.#accounts.remove(group.selection.account ?? '')
    this.options.count('clientsLeft')
    group.clients.delete(client)
    if (--group.members === 0) this.#end(group)
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

  #groupFor(subscription: Subscription): Group {
    const key = keyOf(subscription)
    const known = this.#groups.get(key)
    if (known) return known
    const group = new Group(subscription, this.#idsFor(subscription.selection.account), this.#fanOut.room)
    this.#groups.set(key, group)
    if (isChoice(group)) this.#choices.add(choiceOf(subscription))
    this.#index.clear()
    this.options.count('subscriptions')
    return group
  }

  #end(group: Group): void {
    this.#groups.delete(keyOf(group.subscription))
    if (isChoice(group)) this.#choices.remove(choiceOf(group.subscription))
    this.#fanOut.remove(group)
    this.#index.clear()
    this.options.count('subscriptionsEnded')
  }
}

function isChoice({ selection, subscription }: Group): boolean {
  return !selection.fits && choiceOf(subscription) !== ALL
}
