// Counts of the past: which keys there are, and how they went.
import { HttpError } from '../../lib/http.ts'
import { State } from '../../lib/state.ts'
import type { Zone } from '../../lib/zone.ts'
import { getKeys, getSeries, type Key, type Point } from '../api.ts'
import type { View } from '../view.ts'
import { isRunning, pairsOf, type Shown, shownOf, timeBefore } from './compare.ts'
import { type Interval, intervalOf, type Step, stepsFor } from './span.ts'

export interface Series {
  readonly key: string
  readonly kind: Key['kind']
  readonly points: readonly Point[]
  /** By the places of the points: how it was the time before, where that is asked for. */
  readonly before: readonly (number | null)[] | undefined
  /** The last point is not over: it is compared with nothing. */
  readonly isRunning: boolean
  /** Of so long ago, only longer steps are kept. */
  readonly isForgotten: boolean
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
/** So long an answer may take, milliseconds: behind that, it is asked again. */
const PATIENCE = 120_000

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
  /** Undefined while no list is asked for. */
  #listing: AbortController | undefined
  #kinds = new Map<string, Key['kind']>()

  /** @param clock of the zone by which is counted */
  show(view: View, now: number, clock: Zone): void {
    const { asked, failure, prefix } = this.keys.value
    if (!asked || failure) void this.list(prefix)
    void this.#load(view, now, clock)
  }

  /** What came meanwhile. Who has not got an answer yet goes on waiting for that one. */
  refresh(view: View, now: number, clock: Zone): void {
    if (!this.#listing) void this.list(this.keys.value.prefix)
    if ('name' in view.span && !this.state.value.looking) void this.#load(view, now, clock)
  }

  kindIfKnown(key: string): Key['kind'] | undefined {
    return this.#kinds.get(key)
  }

  async list(prefix: string): Promise<void> {
    this.#listing?.abort()
    const listing = new AbortController()
    this.#listing = listing
    const signal = patient(listing)
    this.keys.change({ prefix })
    try {
      const { keys, more } = await getKeys(prefix, MOST_KEYS, signal)
      for (const { key, kind } of keys) this.#kinds.set(key, kind)
      this.keys.change({ keys, more, asked: true, failure: undefined })
    } catch (error) {
      if (!listing.signal.aborted) this.keys.change({ asked: true, failure: asHttpError(error) })
    } finally {
      if (this.#listing === listing) this.#listing = undefined
    }
  }

  async #load({ keys, span, compare }: View, now: number, zone: Zone): Promise<void> {
    this.#running.abort()
    const running = new AbortController()
    this.#running = running
    const signal = patient(running)
    const interval = intervalOf(span, now)
    if (keys.length === 0) {
      this.state.value = { series: [], interval, step: undefined, looking: false, failure: undefined }
      return
    }
    this.state.change({ looking: true })
    try {
      const kinds = await Promise.all(keys.map(key => this.#kindOf(key, signal)))
      for (const step of stepsFor(interval, kinds.includes('distinct'))) {
        const shown = { span, interval, step, zone, now }
        const series = await Promise.all(
          keys.map((key, index) => load(key, kinds[index]!, shown, compare, signal)),
        )
        if (step.name !== 'year' && series.some(({ isForgotten }) => isForgotten)) continue
        this.state.value = { series, interval, step, looking: false, failure: undefined }
        return
      }
      this.state.change({ looking: false })
    } catch (error) {
      if (!running.signal.aborted) this.state.change({ looking: false, failure: asHttpError(error) })
    }
  }

  /** A link may name a key that is not in the list. */
  async #kindOf(key: string, signal: AbortSignal): Promise<Key['kind']> {
    const known = this.#kinds.get(key)
    if (known) return known
    const { keys } = await getKeys(key, 1, signal)
    const kind = keys.find(each => each.key === key)?.kind
    // Nothing is counted of it yet: what it will be is asked again.
    if (kind) this.#kinds.set(key, kind)
    return kind ?? 'count'
  }
}

async function load(
  key: string,
  kind: Key['kind'],
  shown: Shown,
  compare: boolean,
  signal: AbortSignal,
): Promise<Series> {
  const step = shown.step.name
  const points = shownOf(await getSeries(key, { ...shown.interval, step }, signal), shown)
  const time = compare ? timeBefore(points, shown) : undefined
  const old = time && (await getSeries(key, { ...time, step }, signal))
  return {
    ...{ key, kind, points, before: old && pairsOf(points, old, shown) },
    isRunning: isRunning(points, shown),
    isForgotten: [points, old].some(each => each?.[0]?.count === null),
  }
}

const patient = ({ signal }: AbortController) => AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])

const asHttpError = (error: unknown) => (error instanceof HttpError ? error : new HttpError(0))
