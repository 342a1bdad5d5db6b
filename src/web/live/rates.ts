// Events per second, as the server tells them.
import type { HttpError } from '../lib/http.ts'
import { State } from '../lib/state.ts'
import { type Filter, type History, ratesAddress, type TimedRate } from './api.ts'
import { followText } from './following.ts'
import { ServerTime } from './server-time.ts'
import { Slots } from './slots.ts'

export interface RatesState {
  readonly connection: 'connecting' | 'live' | 'reconnecting' | 'refused'
  readonly failure: HttpError | undefined
}

/** What will not be better when it is asked again. */
const FINAL = new Set([400, 401, 403, 404])
/** Further than this from what is expected, the clock of the server was set; milliseconds. */
const SET = 4000
/** Nothing for so long, although something comes five times a second: nothing gets through any more. */
const SILENCE = 6000

export class Rates {
  readonly state = new State<RatesState>({ connection: 'connecting', failure: undefined })
  /** Counts up at each message. */
  readonly ticks = new State(0)
  readonly slots = new Slots()
  readonly time = new ServerTime()
  /** Events since it was begun. */
  total = 0
  /** The second in which that was. */
  #since: number | undefined
  /** Has this connection told nothing yet? */
  #isNew = true
  readonly #follow: typeof followText
  #running = new AbortController()

  /** @param follow how it is told */
  constructor(follow = followText) {
    this.#follow = follow
  }

  start(filter: Filter, by: readonly string[]): void {
    this.#running.abort()
    const running = new AbortController()
    this.#running = running
    this.slots.clear()
    this.total = 0
    this.#since = undefined
    this.state.value = { connection: 'connecting', failure: undefined }
    this.#follow(ratesAddress(filter, by), running.signal, {
      silence: SILENCE,
      onOpen: () => {
        this.#isNew = true
        this.state.change({ connection: 'live', failure: undefined })
      },
      onLost: failure => {
        const isFinal = FINAL.has(failure.status)
        if (isFinal) running.abort()
        this.state.change({ connection: isFinal ? 'refused' : 'reconnecting', failure })
      },
      onEvent: ({ event, data }) => {
        if (event === 'history') this.#remember(JSON.parse(data) as History)
        else if (event === 'rate') this.#add(JSON.parse(data) as TimedRate)
        else return
        this.ticks.value++
      },
    })
  }

  stop(): void {
    this.#running.abort()
  }

  /** What came while nobody told us is there as well. */
  #remember(history: History): void {
    const wasSet = this.#wasSet(history)
    if (wasSet) this.slots.clear()
    const more = this.slots.remember(history, this.#since ?? Number.POSITIVE_INFINITY)
    if (wasSet || this.#since === undefined) this.#since = this.slots.last
    else this.total += Math.max(0, Math.round(more))
    this.#isNew = false
  }

  /** Whether the clock of the server was set: what was before cannot be put into a row with what comes. */
  #wasSet({ from, step, slots }: History): boolean {
    const end = from + slots.length * step
    // Not by when it came: a long one may be on its way for a while.
    if (end < this.slots.last * 1000 - SET) return true
    const expected = this.time.at(performance.now())
    // A new connection after this machine was asleep tells of a later time than we expect.
    return !this.#isNew && expected !== undefined && end > expected + SET
  }

  #add(rate: TimedRate): void {
    this.time.told(rate.time, performance.now())
    this.slots.add(rate)
    this.total += rate.total
  }
}
