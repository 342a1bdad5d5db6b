// How many records there are over time; asked for in parts where one answer would take too long.
import { HttpError } from '../lib/http.ts'
import { State } from '../lib/state.ts'
import { type Asked, type Bucket, getHistogram, type Histogram } from './api.ts'

export interface HistogramState {
  readonly shown: Histogram | undefined
  readonly looking: boolean
  readonly failure: HttpError | undefined
}

const BUCKETS = 100

export class HistogramModel {
  readonly state = new State<HistogramState>({ shown: undefined, looking: false, failure: undefined })
  #running = new AbortController()

  async load(asked: Asked): Promise<void> {
    this.#running.abort()
    this.#running = new AbortController()
    const { signal } = this.#running
    this.state.change({ looking: true })
    try {
      let whole = await getHistogram(asked, BUCKETS, signal)
      this.state.change({ shown: whole, failure: undefined, looking: !whole.complete })
      while (!whole.complete) {
        const rest = { ...asked, range: { ...asked.range, to: whole.from } }
        whole = merge(await getHistogram(rest, BUCKETS, signal), whole)
        this.state.change({ shown: whole, looking: !whole.complete })
      }
    } catch (error) {
      if (signal.aborted) return
      this.state.change({ looking: false, failure: error instanceof HttpError ? error : new HttpError(0) })
    }
  }

  stop(): void {
    this.#running.abort()
    this.state.change({ looking: false })
  }
}

/** An earlier part and a later one, with the wider buckets of the two. */
export function merge(earlier: Histogram, later: Histogram): Histogram {
  const step = Math.max(earlier.step, later.step)
  const sums = new Map<number, [number, number]>()
  for (const [start, records, severe] of [...earlier.buckets, ...later.buckets]) {
    const at = Math.floor(start / step) * step
    const [total, worse] = sums.get(at) ?? [0, 0]
    sums.set(at, [total + records, worse + severe])
  }
  const buckets = Array.from(sums, ([start, [records, severe]]): Bucket => [start, records, severe])
  return {
    from: earlier.from,
    to: later.to,
    step,
    buckets: buckets.sort(([a], [b]) => a - b),
    total: earlier.total + later.total,
    severe: earlier.severe + later.severe,
    // An answer that did not get anywhere ends it too.
    complete: earlier.complete || earlier.from === later.from,
  }
}

/** Columns for the chart: every bucket of the range, also those without records. */
export function columns({ from, to, step, buckets }: Histogram): [number[], number[], number[]] {
  const known = new Map(buckets.map(bucket => [bucket[0], bucket]))
  const first = Math.min(
    Math.floor(Date.parse(from) / step) * step,
    buckets[0]?.[0] ?? Number.POSITIVE_INFINITY,
  )
  const starts: number[] = []
  // Never more than can be drawn, whatever the server says.
  for (let at = first; at < Date.parse(to) && starts.length < 2000; at += step) starts.push(at)
  return [
    starts,
    starts.map(start => known.get(start)?.[1] ?? 0),
    starts.map(start => known.get(start)?.[2] ?? 0),
  ]
}
