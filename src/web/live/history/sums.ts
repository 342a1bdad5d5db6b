import type { Point } from '../api.ts'
import type { Series } from './past.ts'

export interface Figure {
  /** Null where it is not kept any more. */
  readonly value: number | null
  /** The same of the time before; undefined where nobody asked. */
  readonly before: number | null | undefined
  /** What it is, where it is not simply how many. */
  readonly word: string
}

/** How much a series was at a point, or in all. */
export function figureOf({ kind, points, before }: Series, index: number | undefined): Figure {
  if (index !== undefined) return { value: at(points, index), before: before && at(before, index), word: '' }
  // Who came at two times is counted at both: there is no sum.
  const all = kind === 'distinct' ? most : sum
  return { value: all(points), before: before && all(before), word: kind === 'distinct' ? 'at most' : '' }
}

const at = (points: readonly Point[], index: number) => points[index]?.count ?? null

const known = (points: readonly Point[]) => points.flatMap(({ count }) => (count === null ? [] : [count]))

const sum = (points: readonly Point[]) => known(points).reduce((all, count) => all + count, 0)

const most = (points: readonly Point[]) => Math.max(0, ...known(points))
