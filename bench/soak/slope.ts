// Does a value grow? A line by Theil and Sen through the medians of blocks of time, which no single outlier bends.
import { median } from '../support/numbers.ts'

export interface Point {
  at: number
  value: number
}

export interface Line {
  /** Change of the value in a unit of `at`. */
  slope: number
  /** Within these the slope is, with a confidence of 99 %. */
  low: number
  high: number
  /** What the points of one group differ by without any slope: two standard deviations, by the median of deviations. */
  scatter: number
  /** How long the longest group is. */
  span: number
}

/** Of the normal distribution, two-sided: 99 %. */
const Z = 2.576
/** From the median of absolute deviations to the standard deviation of a normal distribution. */
const MAD_TO_SIGMA = 1.4826

/** One point for each block of time: the median of both. Half a block at the end is none. */
export function blocksOf(points: readonly Point[], length: number): Point[] {
  const start = points[0]?.at ?? 0
  const blocks = Map.groupBy(points, ({ at }) => Math.floor((at - start) / length))
  const least = Math.max(0, ...blocks.values().map(block => block.length)) / 2
  return [...blocks.values()]
    .filter(block => block.length >= least)
    .map(block => ({ at: median(block.map(({ at }) => at)), value: median(block.map(({ value }) => value)) }))
}

/**
 * The line that several groups of points have in common. Only points of one group are compared: each life of a process
 * begins anew. (Theil 1950, Sen 1968; for groups, Hirsch, Slack and Smith 1982.)
 *
 * @returns undefined when there are too few points to say anything
 */
export function lineThrough(groups: readonly (readonly Point[])[]): Line | undefined {
  const slopes = groups.flatMap(slopesBetween).sort((a, b) => a - b)
  if (slopes.length < 6) return undefined
  const slope = median(slopes)
  const sigma = Math.sqrt(groups.reduce((sum, { length }) => sum + kendallVariance(length), 0))
  const outside = Math.max(0, (slopes.length - Z * sigma) / 2)
  const deviations = groups.flatMap(group => {
    if (group.length === 0) return []
    const rests = group.map(({ at, value }) => value - slope * at)
    const centre = median(rests)
    return rests.map(rest => Math.abs(rest - centre))
  })
  return {
    slope,
    low: slopes[Math.floor(outside)]!,
    high: slopes[slopes.length - 1 - Math.floor(outside)]!,
    scatter: 2 * MAD_TO_SIGMA * median(deviations),
    span: Math.max(...groups.map(group => (group.at(-1)?.at ?? 0) - (group[0]?.at ?? 0))),
  }
}

/** Whether nothing is proven, or what is proven is less than what the value differs by anyway, or less than `least`. */
export function isZero({ slope, low, high, scatter, span }: Line, least: number): boolean {
  const proven = low > 0 || high < 0
  return !proven || Math.abs(slope) * span <= Math.max(scatter, least)
}

function slopesBetween(points: readonly Point[]): number[] {
  return points.flatMap((a, n) =>
    points.slice(n + 1).flatMap(b => (b.at === a.at ? [] : [(b.value - a.value) / (b.at - a.at)])),
  )
}

/** Of Kendall's S, which counts the pairs that rise less those that fall, when there is no slope. */
function kendallVariance(n: number): number {
  return (n * (n - 1) * (2 * n + 5)) / 18
}
