// The points of a time, and how it was the time before: each is compared with that of the same clock time.
import { instantAt, type Zone } from '../../lib/zone.ts'
import type { Point } from '../api.ts'
import type { Interval, Span, Step } from './span.ts'
import { lengthOf } from './span.ts'
import { numberOf, stepsBack, wallOf } from './wall-steps.ts'

/** What is shown: which time, in which steps, of which clock, and when now is. */
export interface Shown {
  readonly span: Span
  readonly interval: Interval
  readonly step: Step
  readonly zone: Zone
  readonly now: number
}

/** What the server gave, without what is not shown: what has not begun, and the first point, where less than all of it is asked for. */
export function shownOf(given: readonly Point[], { span, interval, now }: Shown): Point[] {
  const points = given.filter(({ time }, index) => index === 0 || Date.parse(time) <= now)
  // The last day would have a quarter of an hour of the day before it. (Of two long ones, one is not left out.)
  const isPart = 'name' in span && points.length > 2 && Date.parse(points[0]!.time) < interval.from
  return isPart ? points.slice(1) : points
}

/** Whether the last point still grows. */
export function isRunning(points: readonly Point[], { step, zone, now }: Shown): boolean {
  const last = points.at(-1)
  if (!last) return false
  return instantAt(wallOf(numberOf(zone.wall(Date.parse(last.time)), step) + 1, step), zone) > now
}

/** Which time has the points that these are compared with. */
export function timeBefore(points: readonly Point[], shown: Shown): Interval | undefined {
  if (points.length === 0) return undefined
  const { step, zone } = shown
  const back = backOf(points, shown)
  const startOf = ({ time }: Point) =>
    instantAt(wallOf(numberOf(zone.wall(Date.parse(time)), step) - back, step), zone)
  // Up to the beginning of the last one, which the server then gives whole.
  return { from: startOf(points[0]!), to: startOf(points.at(-1)!) + 1 }
}

/** By the places of the points, how it was the time before; null where it is not kept, or the clock left it out. */
export function pairsOf(points: readonly Point[], before: readonly Point[], shown: Shown): (number | null)[] {
  const { step, zone } = shown
  const number = ({ time }: Point) => numberOf(zone.wall(Date.parse(time)), step)
  const counts = new Map(before.map(point => [number(point), point.count]))
  const back = backOf(points, shown)
  return points.map(point => counts.get(number(point) - back) ?? null)
}

function backOf(points: readonly Point[], { span, interval: { from, to }, step, zone }: Shown): number {
  const wanted = 'name' in span ? lengthOf(span.name) : zone.wall(to) - zone.wall(from)
  return stepsBack(wanted, points.length, step)
}
