// Records as they are stored. They are shown in batches, or wait while somebody reads.
import { follow } from '../lib/event-stream.ts'
import type { HttpError } from '../lib/http.ts'
import { State } from '../lib/state.ts'
import { type Hit, tailAddress } from './api.ts'
import { type Line, lineOf } from './record-fields.ts'
import { MOST_LIVE } from './results.ts'

/** Why new lines wait: somebody asked, has scrolled away, has opened a record, or the search before is not done. */
export type HoldReason = 'paused' | 'scrolled' | 'reading' | 'searching'

export interface TailState {
  readonly connection: 'off' | 'connecting' | 'live' | 'reconnecting'
  readonly failure: HttpError | undefined
  readonly held: ReadonlySet<HoldReason>
  /** How many wait. */
  readonly waiting: number
  /** How many were left out by the server. */
  readonly missed: number
  /** Whether an unknown number was left out as well. */
  readonly gap: boolean
  /** How many came since it was switched on. */
  readonly received: number
}

const OFF: TailState = {
  connection: 'off',
  failure: undefined,
  held: new Set(),
  waiting: 0,
  missed: 0,
  gap: false,
  received: 0,
}

/** Nobody reads more than ten batches a second, in milliseconds; drawing each frame would leave no time for anything else. */
const BETWEEN = 100

export class Tail {
  readonly state = new State<TailState>(OFF)
  readonly #show: (lines: readonly Line[]) => void
  #running = new AbortController()
  /** The oldest first. */
  #pending: Hit[] = []
  #arrived = 0
  #missed = 0
  #scheduled = false
  #flushed = Number.NEGATIVE_INFINITY

  constructor(show: (lines: readonly Line[]) => void) {
    this.#show = show
  }

  start(q: string): void {
    this.stop()
    this.#running = new AbortController()
    const { signal } = this.#running
    const { held } = this.state.value
    this.state.value = { ...OFF, connection: 'connecting', held }
    void follow(tailAddress(q), signal, {
      onOpen: () => this.state.change({ connection: 'live', failure: undefined }),
      onLost: failure => this.state.change({ connection: 'reconnecting', failure }),
      onEvent: ({ event, data }) => {
        if (event === 'record') this.#take(JSON.parse(data) as Hit)
        else if (event === 'missed') this.#miss((JSON.parse(data) as { records: number | null }).records)
      },
    })
  }

  stop(): void {
    this.#running.abort()
    this.#pending = []
    this.#arrived = 0
    this.#missed = 0
    this.state.change({ connection: 'off', failure: undefined, waiting: 0 })
  }

  hold(reason: HoldReason, on: boolean): void {
    const { held } = this.state.value
    if (held.has(reason) === on) return
    const reasons = new Set(held)
    if (on) reasons.add(reason)
    else reasons.delete(reason)
    this.state.change({ held: reasons })
    this.#schedule()
  }

  forgetMissed(): void {
    this.state.change({ missed: 0, gap: false })
  }

  #take(hit: Hit): void {
    this.#pending.push(hit)
    this.#arrived++
    // More than are ever shown need not wait; not one by one, which would move all others each time.
    if (this.#pending.length > 2 * MOST_LIVE) this.#pending = this.#pending.slice(-MOST_LIVE)
    this.#schedule()
  }

  /** `null`: nobody knows how many, because the store was started again meanwhile. */
  #miss(records: number | null): void {
    if (records === null) this.state.change({ gap: true })
    else this.#missed += records
    this.#schedule()
  }

  /** However many come; a page in the background has no frames, and does nothing then. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const early = this.#flushed + BETWEEN - performance.now()
    const frame = () =>
      requestAnimationFrame(() => {
        this.#scheduled = false
        this.#flushed = performance.now()
        this.#flush()
      })
    if (early > 0) setTimeout(frame, early)
    else frame()
  }

  #flush(): void {
    const { held, waiting, missed, received, connection } = this.state.value
    if (connection === 'off') return
    const counts = { missed: missed + this.#missed, received: received + this.#arrived }
    const all = waiting + this.#arrived
    this.#arrived = this.#missed = 0
    if (held.size > 0) {
      this.state.change({ ...counts, waiting: all })
      return
    }
    const shown = this.#pending.slice(-MOST_LIVE)
    this.#pending = []
    this.state.change({ ...counts, waiting: 0 })
    if (shown.length > 0) this.#show(shown.reverse().map(lineOf))
  }
}
