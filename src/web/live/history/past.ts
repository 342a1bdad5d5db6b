// Counts of the past: which keys there are, and how they went.
import { HttpError } from '../../lib/http.ts'
import { State } from '../../lib/state.ts'
import { getKeys, getSeries, type Key, type Point } from '../api.ts'
import type { View } from '../view.ts'
import { type Interval, intervalOf, type Step, stepsFor } from './span.ts'

export interface Series {
  readonly key: string
  readonly kind: Key['kind']
  readonly points: readonly Point[]
  /** Those of the time before, where they are asked for. */
  readonly before: readonly Point[] | undefined
}

export interface PastState {
  readonly series: readonly Series[]
  readonly interval: Interval | undefined
  readonly step: Step | undefined
  readonly looking: boolean
  readonly failure: HttpError | undefined
}

export interface KeysState {
  readonly prefix: string
  readonly keys: readonly Key[]
  readonly more: boolean
  readonly asked: boolean
  readonly failure: HttpError | undefined
}

/** Keys that are listed: more are found by their first letters. */
const MOST_KEYS = 200

export class Past {
  readonly state = new State<PastState>({
    ...{ series: [], interval: undefined, step: undefined },
    ...{ looking: false, failure: undefined },
  })
  readonly keys = new State<KeysState>({
    ...{ prefix: '', keys: [], more: false },
    ...{ asked: false, failure: undefined },
  })
  #running = new AbortController()
  #listing = new AbortController()
  #kinds = new Map<string, Key['kind']>()

  show(view: View, now: number): void {
    if (!this.keys.value.asked) void this.list('')
    void this.#load(view, now)
  }

  kindIfKnown(key: string): Key['kind'] | undefined {
    return this.#kinds.get(key)
  }

  async list(prefix: string): Promise<void> {
    this.#listing.abort()
    this.#listing = new AbortController()
    const { signal } = this.#listing
    this.keys.change({ prefix })
    try {
      const { keys, more } = await getKeys(prefix, MOST_KEYS, signal)
      for (const { key, kind } of keys) this.#kinds.set(key, kind)
      this.keys.change({ keys, more, asked: true, failure: undefined })
    } catch (error) {
      if (!signal.aborted) this.keys.change({ asked: true, failure: asHttpError(error) })
    }
  }

  async #load({ keys, span, compare }: View, now: number): Promise<void> {
    this.#running.abort()
    this.#running = new AbortController()
    const { signal } = this.#running
    const interval = intervalOf(span, now)
    if (keys.length === 0) {
      this.state.value = { series: [], interval, step: undefined, looking: false, failure: undefined }
      return
    }
    this.state.change({ looking: true })
    try {
      const kinds = await Promise.all(keys.map(key => this.#kindOf(key, signal)))
      for (const step of stepsFor(interval, kinds.includes('distinct'))) {
        const series = await Promise.all(
          keys.map((key, index) => load(key, kinds[index]!, interval, step, compare, signal)),
        )
        // Of so long ago, only longer steps are kept.
        if (step.name !== 'year' && series.some(({ points }) => points[0]?.count === null)) continue
        this.state.value = { series, interval, step, looking: false, failure: undefined }
        return
      }
      this.state.change({ looking: false })
    } catch (error) {
      if (!signal.aborted) this.state.change({ looking: false, failure: asHttpError(error) })
    }
  }

  /** A link may name a key that is not in the list. */
  async #kindOf(key: string, signal: AbortSignal): Promise<Key['kind']> {
    const known = this.#kinds.get(key)
    if (known) return known
    const { keys } = await getKeys(key, 1, signal)
    const kind = keys.find(each => each.key === key)?.kind ?? 'count'
    this.#kinds.set(key, kind)
    return kind
  }
}

async function load(
  key: string,
  kind: Key['kind'],
  { from, to }: Interval,
  { name: step }: Step,
  compare: boolean,
  signal: AbortSignal,
): Promise<Series> {
  const length = to - from
  const [points, before] = await Promise.all([
    getSeries(key, { from, to, step }, signal),
    compare ? getSeries(key, { from: from - length, to: from, step }, signal) : undefined,
  ])
  return { key, kind, points, before }
}

const asHttpError = (error: unknown) => (error instanceof HttpError ? error : new HttpError(0))
