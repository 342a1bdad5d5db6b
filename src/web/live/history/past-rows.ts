// What is drawn of a chart of the past: a row of times, and one of counts for each line or each kind of column.
import type { AlignedData } from 'uplot'
import type { Series } from './past.ts'
import type { Step } from './span.ts'

type Row = (number | null)[]

export function rowsOf(series: readonly Series[], step: Step): AlignedData {
  const times = series[0]?.points.map(({ time }) => Date.parse(time)) ?? []
  const now = [...series.map(overOf), ...series.flatMap(runningOf)]
  const rows = inOrder(series, series.flatMap(beforeOf), now)
  // A column ends where the next one would begin, and what it is compared with is as wide.
  if (series.length === 1 && times.length > 0) {
    times.push(times.at(-1)! + step.length)
    for (const row of rows) row.push(now.includes(row) ? null : row.at(-1)!)
  }
  return [times, ...rows]
}

/** How it was before lies behind lines, and over columns, which would hide it. */
export const inOrder = <T>(series: readonly Series[], before: T[], now: T[]): T[] =>
  series.length === 1 ? [...now, ...before] : [...before, ...now]

const overOf = ({ points, isRunning }: Series): Row =>
  points.map(({ count }, index) => (isRunning && index === points.length - 1 ? null : count))

/** The last point, and, of a line, the one that it comes from. */
function runningOf({ points, isRunning }: Series, _index: number, { length }: readonly Series[]): Row[] {
  const first = points.length - (length === 1 ? 1 : 2)
  return isRunning ? [points.map(({ count }, index) => (index >= first ? count : null))] : []
}

const beforeOf = ({ before }: Series): Row[] => (before ? [[...before]] : [])
