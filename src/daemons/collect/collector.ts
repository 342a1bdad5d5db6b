import type { IncomingMessage } from 'node:http'
import type { LogRecord } from '../../lib/index.ts'
import type { SafeResponse } from '../../lib/serve/response.ts'
import type { CollectContext } from './context.ts'
import type { Guests } from './guests.ts'
import type { Intake } from './intake.ts'
import { pageEvent } from './page-event.ts'
import { sendPixel } from './pixel.ts'
import { programEvent } from './program-events.ts'
import type { Refusals } from './refusals.ts'
import { busy, Refused } from './refused.ts'
import { pathOf } from './request.ts'
import { type Told, toldByPost, toldByUrl } from './tracked.ts'

export interface CollectorOptions {
  /** When pages get their answer. */
  answer: 'at-once' | 'accepted'
  dropBots: boolean
  doNotTrack: 'anonymous' | 'drop' | 'ignore'
}

/** Makes events of requests, and says when they may be answered. */
export class Collector {
  readonly #options: CollectorOptions
  readonly #context: CollectContext
  readonly #guests: Guests
  readonly #intake: Intake
  readonly #refusals: Refusals

  constructor(
    options: CollectorOptions,
    context: CollectContext,
    { guests, intake, refusals }: { guests: Guests; intake: Intake; refusals: Refusals },
  ) {
    this.#options = options
    this.#context = context
    this.#guests = guests
    this.#intake = intake
    this.#refusals = refusals
  }

  /** Answers a request for a GIF; false for any other. */
  pixel(request: IncomingMessage, response: SafeResponse): boolean {
    const { method } = request
    const url = pathOf(request)
    if (!url.startsWith('/r/') || (method !== 'GET' && method !== 'HEAD')) return false
    try {
      const address = this.admit(request)
      const told = toldByUrl(url)
      if (method === 'HEAD') sendPixel(response)
      else this.#give(request, address, [told], error => this.#answer(request, response, error))
    } catch (error) {
      this.#answer(request, response, error)
    }
    return true
  }

  /** The address of who asks. Throws Refused for one that comes too often. */
  hear(request: IncomingMessage): string {
    const address = this.#guests.addressOf(request)
    if (!this.#guests.admits(address)) throw busy('too many requests of one client', 429)
    return address
  }

  /** The same of who brings something. Throws Refused. */
  admit(request: IncomingMessage): string {
    const address = this.hear(request)
    if (!this.#intake.isOpen) throw busy('this is starting or stopping')
    return address
  }

  /** Takes what a page posts. Throws Refused, or calls back with it. */
  fromPage(
    request: IncomingMessage,
    address: string,
    values: readonly unknown[],
    answer: (error?: unknown) => void,
  ): void {
    const { burst } = this.#guests
    // Later there would not be more room for them.
    if (values.length > burst)
      throw new Refused(413, `too many events in one body; at most ${burst} are taken`)
    // Each takes what the headers say, however small it is.
    if (values.length > 1 && !this.#guests.admits(address, values.length - 1))
      throw busy('too many events of one client; send fewer at a time', 429)
    this.#give(request, address, values.map(toldByPost), answer)
  }

  /** Takes what a program posts; calls back when it is accepted, or with why not. Throws Refused. */
  fromProgram(
    request: IncomingMessage,
    address: string,
    values: readonly unknown[],
    answer: (error?: unknown) => void,
  ): void {
    const received = Date.now()
    const peer = this.#guests.knownAddress(request, address)
    const events = values.map(value => programEvent(value, received))
    if (events.length === 0) {
      answer()
      return
    }
    const meta = { received, ...(peer !== undefined && { peer }) }
    const records = events.map(event => this.#context.record(event, meta))
    this.#intake.accept(records).then(() => answer(), answer)
  }

  #answer(request: IncomingMessage, response: SafeResponse, error?: unknown): void {
    sendPixel(response, error === undefined ? undefined : this.#refusals.of(error, request))
  }

  /**
   * Calls back when it may be answered: when the events are handed on or, where that is asked for, accepted. (Answers that leave
   * together wake their readers once.)
   */
  #give(
    request: IncomingMessage,
    address: string,
    all: readonly Told[],
    answer: (error?: unknown) => void,
  ): void {
    const events: LogRecord[] = []
    for (const told of all) {
      const event = this.#eventOf(request, address, told)
      if (event) events.push(event)
    }
    if (events.length === 0) answer()
    else if (this.#options.answer === 'at-once') this.#intake.give(events, answer)
    else this.#intake.accept(events).then(() => answer(), answer)
  }

  #eventOf(request: IncomingMessage, address: string, told: Told): LogRecord | undefined {
    const { dropBots, doNotTrack } = this.#options
    if (doNotTrack === 'drop' && this.#guests.isShy(request)) return this.#drop('notTracked')
    const visitor = this.#guests.visitorOf(request, address, told)
    if (dropBots && visitor.agent.bot) return this.#drop('bots')
    const received = Date.now()
    return this.#context.record(pageEvent(told, visitor, received), { received })
  }

  #drop(why: 'bots' | 'notTracked'): undefined {
    this.#context.count(why)
  }
}
