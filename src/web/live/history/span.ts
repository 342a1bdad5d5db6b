// Which time the charts of the past show, and in which steps.
import { instantAt, type Zone } from '../../lib/zone.ts'

export const SPANS = [
  { name: 'hour', label: 'Hour', title: 'the last hour', length: 3_600_000 },
  { name: 'day', label: 'Day', title: 'the last 24 hours', length: 86_400_000 },
  { name: 'week', label: 'Week', title: 'the last 7 days', length: 7 * 86_400_000 },
  { name: 'month', label: 'Month', title: 'the last 30 days', length: 30 * 86_400_000 },
  { name: 'year', label: 'Year', title: 'the last 365 days', length: 365 * 86_400_000 },
] as const
export type SpanName = (typeof SPANS)[number]['name']

/** So much up to now, or from here to there; epoch milliseconds. */
export type Span = { readonly name: SpanName } | { readonly from: number; readonly to: number }

const DEFAULT_SPAN: Span = { name: 'day' }

export function parseSpan(name: string, from: string, to: string): Span {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  if (start < end) return { from: start, to: end }
  const known = SPANS.find(span => span.name === name)
  return known ? { name: known.name } : DEFAULT_SPAN
}

/** Its parameters in the address. */
export function spanText(span: Span): [string, string][] {
  if ('name' in span) return span.name === 'day' ? [] : [['range', span.name]]
  const iso = (time: number) => new Date(time).toISOString().replace('.000Z', 'Z')
  return [
    ['from', iso(span.from)],
    ['to', iso(span.to)],
  ]
}

export interface Interval {
  readonly from: number
  readonly to: number
}

/** Milliseconds. */
export const lengthOf = (wanted: SpanName): number => SPANS.find(({ name }) => name === wanted)!.length

export function intervalOf(span: Span, now: number): Interval {
  return 'name' in span ? { from: now - lengthOf(span.name), to: now } : span
}

/** Earlier or later by so many of its lengths; what reaches up to now follows it again. */
export function moved(span: Span, by: number, now: number): Span {
  const { from, to } = intervalOf(span, now)
  const shift = by * (to - from)
  if (to + shift < now) return { from: from + shift, to: to + shift }
  const named = SPANS.find(({ length }) => Math.abs(length - (to - from)) < length / 100)
  return named ? { name: named.name } : { from: now - (to - from), to: now }
}

export interface Step {
  /** As the server takes it. */
  readonly name: string
  readonly length: number
  /** In words: a point is … */
  readonly title: string
  /** Distinct values are known of it: they cannot be added up. */
  readonly isWhole: boolean
}

const MINUTE = 60_000
const STEPS: readonly Step[] = [
  { name: 'minute', length: MINUTE, title: 'a minute', isWhole: true },
  { name: '5m', length: 5 * MINUTE, title: '5 minutes', isWhole: false },
  { name: '15m', length: 15 * MINUTE, title: '15 minutes', isWhole: false },
  { name: 'hour', length: 60 * MINUTE, title: 'an hour', isWhole: true },
  { name: 'day', length: 1440 * MINUTE, title: 'a day', isWhole: true },
  { name: 'week', length: 7 * 1440 * MINUTE, title: 'a week', isWhole: false },
  { name: 'month', length: 30 * 1440 * MINUTE, title: 'a month', isWhole: true },
  { name: 'year', length: 365 * 1440 * MINUTE, title: 'a year', isWhole: false },
]

/** A week of hours. */
const MOST_POINTS = 170

/** The steps of a time: the first that does not give too many points, then coarser ones, for what is kept only by those. */
export function stepsFor({ from, to }: Interval, isWhole: boolean): Step[] {
  const usable = STEPS.filter(step => step.isWhole || !isWhole)
  const first = usable.findIndex(({ length }) => (to - from) / length <= MOST_POINTS)
  return first < 0 ? usable.slice(-1) : usable.slice(first)
}

/** When the clock of a zone shows this: what <input type=datetime-local> gives; epoch milliseconds, NaN for no time. */
export function instantOf(written: string, zone: Zone): number {
  const wall = Date.parse(`${written}Z`)
  return Number.isNaN(wall) ? wall : instantAt(wall, zone)
}
