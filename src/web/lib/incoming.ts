// What comes in faster than anybody reads: it is shown in batches, or waits while somebody reads.
import { State } from './state.ts'

/** Why new ones wait: somebody asked, has scrolled away, has opened one, or the search before is not done. */
export type HoldReason = 'paused' | 'scrolled' | 'reading' | 'searching'

export interface IncomingState {
  readonly held: ReadonlySet<HoldReason>
  /** How many wait. */
  readonly waiting: number
  /** How many were left out by the server. */
  readonly missed: number
  /** How many came since it was begun. */
  readonly received: number
}

/** Nobody reads more than ten batches a second, in milliseconds; drawing each frame would leave no time for anything else. */
const BETWEEN = 100

/** Milliseconds to the next multiple: what is done in the same steps is drawn in the same frames. */
export const untilNext = (step: number): number => step - (performance.now() % step)

export class Incoming<T> {
  readonly state = new State<IncomingState>({ held: new Set(), waiting: 0, missed: 0, received: 0 })
  readonly #show: (newestFirst: T[]) => void
  readonly #most: number
  readonly #between: number
  /** The oldest first. */
  #pending: T[] = []
  #arrived = 0
  #missed = 0
  #scheduled = false
  #flushed = Number.NEGATIVE_INFINITY

  /** @param most so many are ever shown, so more need not wait */
  constructor(show: (newestFirst: T[]) => void, most: number, between = BETWEEN) {
    this.#show = show
    this.#most = most
    this.#between = between
  }

  /** From the beginning; the reasons to wait stay. */
  restart(): void {
    this.drop()
    this.state.change({ waiting: 0, missed: 0, received: 0 })
  }

  drop(): void {
    this.#pending = []
    this.#arrived = this.#missed = 0
    this.state.change({ waiting: 0 })
  }

  take(one: T): void {
    this.#pending.push(one)
    this.#arrived++
    // Not one by one, which would move all others each time.
    if (this.#pending.length > 2 * this.#most) this.#pending = this.#pending.slice(-this.#most)
    this.#schedule()
  }

  miss(count: number): void {
    this.#missed += count
    this.#schedule()
  }

  forgetMissed(): void {
    this.state.change({ missed: 0 })
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

  /** However many come; a page in the background has no frames, and does nothing then. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const isEarly = performance.now() - this.#flushed < this.#between
    const frame = () =>
      requestAnimationFrame(() => {
        this.#scheduled = false
        this.#flushed = performance.now()
        this.#flush()
      })
    if (isEarly) setTimeout(frame, untilNext(this.#between))
    else frame()
  }

  #flush(): void {
    const { held, waiting, missed, received } = this.state.value
    const counts = { missed: missed + this.#missed, received: received + this.#arrived }
    const all = waiting + this.#arrived
    this.#arrived = this.#missed = 0
    if (held.size > 0) {
      this.state.change({ ...counts, waiting: all })
      return
    }
    const shown = this.#pending.slice(-this.#most)
    this.#pending = []
    this.state.change({ ...counts, waiting: 0 })
    if (shown.length > 0) this.#show(shown.reverse())
  }
}
