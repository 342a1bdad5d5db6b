// Ranges of time as the API takes them: `-15m`, ISO 8601, or nothing for no bound.

export interface Range {
  readonly from: string | undefined
  readonly to: string | undefined
}

export interface Preset {
  readonly label: string
  readonly title: string
  readonly from: string | undefined
}

export const PRESETS: readonly Preset[] = [
  { label: '15 min', title: 'the last 15 minutes', from: '-15m' },
  { label: '1 h', title: 'the last hour', from: '-1h' },
  { label: '24 h', title: 'the last 24 hours', from: '-24h' },
  { label: '7 d', title: 'the last 7 days', from: '-7d' },
  { label: 'All', title: 'all times', from: undefined },
]

export const DEFAULT_RANGE: Range = { from: '-24h', to: undefined }
export const ALL: Range = { from: undefined, to: undefined }

export function presetOf({ from, to }: Range): Preset | undefined {
  return to === undefined ? PRESETS.find(preset => preset.from === from) : undefined
}

export function sameRange(a: Range, b: Range): boolean {
  return a.from === b.from && a.to === b.to
}

/** Two points in time, in epoch milliseconds. */
export interface Interval {
  readonly from: number
  readonly to: number
}

/** No bar of the histogram is narrower. */
const SHORTEST = 100

export function rangeOf({ from, to }: Interval): Range {
  const start = Math.floor(from)
  const end = Math.max(Math.ceil(to), start + SHORTEST)
  return { from: new Date(start).toISOString(), to: new Date(end).toISOString() }
}

/** The same middle, `factor` times as long; no further than `now`. */
export function zoom({ from, to }: Interval, factor: number, now: number): Range {
  const middle = (from + to) / 2
  const half = ((to - from) * factor) / 2
  return shift({ from: middle - half, to: middle + half }, 0, now)
}

/** Moved by `parts` of its length; no further than `now`, which keeps its length. */
export function shift({ from, to }: Interval, parts: number, now: number): Range {
  const length = to - from
  const end = Math.min(to + parts * length, Math.max(now, to))
  return rangeOf({ from: Math.max(0, end - length), to: end })
}
