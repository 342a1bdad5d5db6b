// Steps of the clock on the wall, in numbers one apart: so far before is so many numbers less, whatever the clock was set to meanwhile.
import type { Step } from './span.ts'

const DAY = 86_400_000
/** The first Monday of 1970: weeks begin with it. */
const MONDAY = 4 * DAY

/** The number of the step that this time is in. Times are as a wall shows them (see Zone.wall). */
export function numberOf(wall: number, { name, length }: Step): number {
  const date = new Date(wall)
  if (name === 'year') return date.getUTCFullYear()
  if (name === 'month') return date.getUTCFullYear() * 12 + date.getUTCMonth()
  return Math.floor((wall - firstOf(name)) / length)
}

/** When the step of this number begins. */
export function wallOf(number: number, { name, length }: Step): number {
  if (name === 'year') return Date.UTC(number, 0)
  if (name === 'month') return Date.UTC(Math.floor(number / 12), number % 12)
  return firstOf(name) + number * length
}

const firstOf = (name: string) => (name === 'week' ? MONDAY : 0)

/** How many steps lie between a point and that of the time before: whole days where it was days that were asked for. */
export function stepsBack(wanted: number, points: number, { name, length }: Step): number {
  const isOfDays = wanted > 0 && wanted % DAY === 0 && name !== 'month' && name !== 'year'
  return isOfDays ? Math.max(1, Math.round(wanted / length)) : points
}
