// Events per second, as the server tells them.
import { follow } from '../lib/event-stream.ts'
import type { HttpError } from '../lib/http.ts'
import { State } from '../lib/state.ts'
import { type Filter, type History, ratesAddress, type TimedRate } from './api.ts'
import { ServerTime } from './server-time.ts'
import { Slots } from './slots.ts'

export interface RatesState {
  readonly connection: 'connecting' | 'live' | 'reconnecting' | 'refused'
  readonly failure: HttpError | undefined
}

/** What will not be better when it is asked again. */
const FINAL = new Set([400, 401, 403, 404])
/** Messages of a second. */
const SECOND = 5

export class Rates {
  readonly state = new State<RatesState>({ connection: 'connecting', failure: undefined })
  /** Counts up at each message. */
  readonly ticks = new State(0)
  readonly slots = new Slots()
  readonly time = new ServerTime()
  /** Since it was begun. */
  total = 0
  #recent: number[] = []
  #running = new AbortController()

  /** The events of the last second. */
  get now(): number {
    return this.#recent.reduce((sum, count) => sum + count, 0)
  }

  start(filter: Filter, by: readonly string[]): void {
    this.#running.abort()
    const running = new AbortController()
    this.#running = running
    this.slots.clear()
    this.total = 0
    this.#recent = []
    this.state.value = { connection: 'connecting', failure: undefined }
    void follow(ratesAddress(filter, by), running.signal, {
      onOpen: () => this.state.change({ connection: 'live', failure: undefined }),
      onLost: failure => {
        this.#recent = []
        const isFinal = FINAL.has(failure.status)
        if (isFinal) running.abort()
        this.state.change({ connection: isFinal ? 'refused' : 'reconnecting', failure })
      },
      onEvent: ({ event, data }) => {
        if (event === 'history') this.slots.remember(JSON.parse(data) as History)
        else if (event === 'rate') this.#add(JSON.parse(data) as TimedRate)
        else return
        this.ticks.value++
      },
    })
  }

  #add(rate: TimedRate): void {
    this.time.told(rate.time, performance.now())
    this.slots.add(rate)
    this.total += rate.total
    this.#recent.push(rate.total)
    if (this.#recent.length > SECOND) this.#recent.shift()
  }
}
