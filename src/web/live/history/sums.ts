import type { Series } from './past.ts'

export interface Figure {
  /** Null where it is not kept any more. */
  readonly value: number | null
  /** The same of the time before; undefined where nobody asked. */
  readonly before: number | null | undefined
  /** What it is, where it is not simply how many. */
  readonly word: string
  /** It is not over: what it was before is of a longer time. */
  readonly isRunning: boolean
}

type Counts = readonly (number | null)[]

/** How much a series was at a point, or in all; where it is compared, in all that is over. */
export function figureOf({ kind, points, before, isRunning }: Series, index: number | undefined): Figure {
  const counts = points.map(({ count }) => count)
  if (index !== undefined) {
    const growing = isRunning && index === counts.length - 1
    const word = growing ? 'so far' : ''
    return {
      value: counts[index] ?? null,
      before: before && (before[index] ?? null),
      word,
      isRunning: growing,
    }
  }
  const over = before && isRunning ? counts.length - 1 : counts.length
  // Who came at two times is counted at both: there is no sum.
  const all = kind === 'distinct' ? most : sum
  const word = kind === 'distinct' ? 'most in a point' : ''
  return {
    value: all(counts.slice(0, over)),
    before: before && all(before.slice(0, over)),
    word,
    isRunning: false,
  }
}

const known = (counts: Counts) => counts.filter(count => count !== null)

const sum = (counts: Counts) => known(counts).reduce((all, count) => all + count, 0)

const most = (counts: Counts) => Math.max(0, ...known(counts))
