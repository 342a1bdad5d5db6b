// Where a time axis has its lines: at round times of the clock of a zone.
import { instantAt, type Zone } from './zone.ts'

const DAY = 86_400_000
/** As uPlot calls them; those of the calendar are counted. */
const MONTH = 30 * DAY
const YEAR = 365 * DAY
/** The first Monday of 1970. */
const MONDAY = 4 * DAY

/** The times from one to the other whose clock shows a multiple of the step, all in milliseconds. */
export function timeTicks(zone: Zone, from: number, to: number, step: number): number[] {
  const round = step >= MONTH ? roundMonths(monthsOf(step)) : roundTimes(step)
  const ticks: number[] = []
  for (let n = round.before(zone.wall(from)); ; n++) {
    const tick = instantAt(round.at(n), zone)
    if (!(tick <= to)) return ticks
    // In the night in which a clock is set forward, two of them may be at one time.
    if (tick >= from && tick > (ticks.at(-1) ?? Number.NEGATIVE_INFINITY)) ticks.push(tick)
  }
}

function roundTimes(step: number) {
  const first = step === 7 * DAY ? MONDAY : 0
  return {
    before: (wall: number) => Math.floor((wall - first) / step),
    at: (n: number) => first + n * step,
  }
}

const monthsOf = (step: number) => Math.round(step < YEAR ? step / MONTH : (step / YEAR) * 12)

function roundMonths(months: number) {
  return {
    before: (wall: number) => {
      const date = new Date(wall)
      return Math.floor((date.getUTCFullYear() * 12 + date.getUTCMonth()) / months)
    },
    at: (n: number) => Date.UTC(Math.floor((n * months) / 12), (n * months) % 12),
  }
}
