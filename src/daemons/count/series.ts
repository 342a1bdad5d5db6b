// Counts in a row: steps of the wall clock, across the days on which it is changed.

import type { Zone } from '../../lib/syslog/timezone.ts'
import { type Buckets, fieldOf, hashOf, type Level, MINUTE } from './buckets.ts'

const HOUR = 60
const DAY = 24 * HOUR
const WEEK = 7 * DAY
/** The first Monday, in minutes since 1970. */
const MONDAY = 4 * DAY

/** How far it is from one point to the next. Minutes are those of the wall clock, since 1970. */
export interface Step {
  /** Where it is counted. */
  level: Level
  /** About how many minutes. */
  length: number
  /** It is one bucket of that level: nothing has to be added up. */
  isWhole: boolean
  floor(minute: number): number
  next(minute: number): number
  /** Buckets of the level that begin from one minute to before the other. */
  within(from: number, to: number): number[]
}

/** `minute`, `5m`, `hour`, `6h`, `day`, `week` (from Monday on), `month`, `year`. Throws RangeError. */
export function parseStep(written: string): Step {
  const step = NAMED.get(written) ?? counted(written)
  if (step) return step
  throw new RangeError(
    `"${written}" is no step; write minute, hour, day, week, month or year, or what divides an hour (5m) or a day (6h)`,
  )
}

function counted(written: string): Step | undefined {
  const [, digits, unit] = /^(\d{1,4})(m|min|h|d)$/.exec(written) ?? []
  const minutes = Number(digits) * (unit === 'h' ? HOUR : unit === 'd' ? DAY : 1)
  if (HOUR % minutes === 0 && minutes < HOUR) return even(minutes, 'minute', 1)
  if (minutes % HOUR === 0 && DAY % minutes === 0 && minutes < DAY) return even(minutes, 'hour', HOUR)
  return minutes === DAY ? NAMED.get('day') : undefined
}

function even(length: number, level: Level, one: number, first = 0): Step {
  const floor = (minute: number) => Math.floor((minute - first) / length) * length + first
  const within = (from: number, to: number) =>
    Array.from({ length: (to - from) / one }, (_, n) => from + n * one)
  return { level, length, isWhole: length === one, floor, next: minute => floor(minute) + length, within }
}

function months(length: 1 | 12): Step {
  const month = (minute: number) => {
    const date = new Date(minute * MINUTE)
    return date.getUTCFullYear() * 12 + date.getUTCMonth()
  }
  const minuteOf = (month: number) => Date.UTC(Math.floor(month / 12), month % 12) / MINUTE
  const first = (minute: number) => Math.floor(month(minute) / length) * length
  return {
    level: 'month',
    length: length * 30 * DAY,
    isWhole: length === 1,
    floor: minute => minuteOf(first(minute)),
    next: minute => minuteOf(first(minute) + length),
    within: (from, to) =>
      Array.from({ length: month(to) - month(from) }, (_, n) => minuteOf(month(from) + n)),
  }
}

const NAMED: ReadonlyMap<string, Step> = new Map([
  ['minute', even(1, 'minute', 1)],
  ['hour', even(HOUR, 'hour', HOUR)],
  ['day', even(DAY, 'day', DAY)],
  ['week', even(WEEK, 'day', DAY, MONDAY)],
  ['month', months(1)],
  ['year', months(12)],
])

/** A point: when it begins, epoch milliseconds, and which fields are in it. */
export interface Point {
  time: number
  /** Not all of it is kept any more. */
  isGone: boolean
  fields: readonly (readonly [hash: string, field: string])[]
}

export interface Range {
  from: number
  to: number
}

/** The points of a range, the one that `from` is in first. Undefined where they are more than `most`, or are of more buckets. */
export function pointsOf(
  step: Step,
  { from, to }: Range,
  buckets: Buckets,
  now: number,
  most: { points: number; buckets: number },
): Point[] | undefined {
  const { zone } = buckets
  const points: Point[] = []
  let read = 0
  let minute = step.floor(Math.floor(zone.toWallClock(from) / MINUTE))
  for (let time = firstInstant(minute, zone); time < to; ) {
    const next = step.next(minute)
    const end = firstInstant(next, zone)
    // What a clock that goes forward leaves out has no time at all.
    if (end > time) points.push(pointOf(step, minute, next, time, buckets, now))
    read += points.at(-1)?.fields.length ?? 0
    if (points.length > most.points || read > most.buckets) return undefined
    minute = next
    time = end
  }
  return points
}

function pointOf(
  step: Step,
  minute: number,
  next: number,
  time: number,
  buckets: Buckets,
  now: number,
): Point {
  // What is older is forgotten sooner.
  if (!buckets.isKept(minute, step.level, now)) return { time, isGone: true, fields: [] }
  const minutes = step.within(minute, next)
  return {
    time,
    isGone: false,
    fields: minutes.map(one => [hashOf(one, step.level), fieldOf(one, step.level)] as const),
  }
}

/** When a wall clock first shows this minute, or one behind it. */
function firstInstant(minute: number, zone: Zone): number {
  const wall = minute * MINUTE
  let instant = zone.toInstant(wall)
  // Within a gap, the time after it is meant: a day that has no midnight begins with its first minute.
  while (zone.toWallClock(instant) > wall && zone.toWallClock(instant - MINUTE) >= wall) instant -= MINUTE
  return instant
}
