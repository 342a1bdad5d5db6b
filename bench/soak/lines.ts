// From samples to the lines of the table: does anything grow?
import { median } from '../support/numbers.ts'
import { DAEMONS, type DaemonName, type Plan } from './plan.ts'
import type { Reading, Sample } from './sampler.ts'
import { blocksOf, isZero, lineThrough, type Point } from './slope.ts'

/**
 * Changes that are no leak however well they are proven, in the unit of the reading or as a share of its median. The share
 * of what is shared is not judged: it changes with whoever else starts a Node on this host. CPU time for the same work was seen
 * to change by 40 % with what else the cores had to do.
 */
export const LEAST: { readonly [reading in keyof Reading]: { value?: number; share?: number } } = {
  anonymous: { value: 2 },
  // Pages of files are its own as soon as another process that had them ends.
  uss: { value: 3 },
  pss: { value: Number.POSITIVE_INFINITY },
  descriptors: { value: 1 },
  threads: { value: 1 },
  cpu: { share: 0.5 },
}

export const READINGS = Object.keys(LEAST) as (keyof Reading)[]

const HOUR = 3600

export interface Growth {
  daemon: DaemonName
  reading: keyof Reading
  /** Of what the line is: blocks of time in so many lives, or the lives themselves. */
  through: string
  /** An hour. */
  slope: number
  low: number
  high: number
  /** Medians of the first and the last block. */
  first: number
  last: number
  zero: boolean
  /** It is not zero, and more than it was: what falls is no leak. */
  grows: boolean
}

export function growthOf(samples: readonly Sample[], plan: Plan): Growth[] {
  return DAEMONS.flatMap(daemon =>
    READINGS.flatMap(reading => {
      const own = samples.filter(sample => sample.daemon === daemon)
      return growth(own, reading, plan.warmUp[daemon], plan.block[daemon]) ?? []
    }).map(line => ({ daemon, ...line })),
  )
}

function growth(
  samples: readonly Sample[],
  reading: keyof Reading,
  warmUp: number,
  block: number,
): Omit<Growth, 'daemon'> | undefined {
  const lives = [...Map.groupBy(samples, ({ life }) => life).values()]
  const settled = lives
    .map(life =>
      blocksOf(
        pointsOf(
          life.filter(({ age }) => age >= warmUp),
          reading,
        ),
        block,
      ),
    )
    .filter(blocks => blocks.length > 1)
  // Lives that end before they have settled are compared with each other, each by the median of its second half.
  const groups = settled.length > 0 ? settled : [lives.flatMap(life => lateOf(pointsOf(life, reading)))]
  const line = lineThrough(groups)
  if (!line) return undefined
  const points = groups.flat()
  const { value = 0, share = 0 } = LEAST[reading]
  const zero = isZero(line, value + share * median(points.map(point => point.value)))
  return {
    reading,
    through:
      settled.length > 0
        ? `${points.length} blocks in ${settled.length === 1 ? 'a life' : `${settled.length} lives`}`
        : `${points.length} lives`,
    slope: line.slope * HOUR,
    low: line.low * HOUR,
    high: line.high * HOUR,
    first: points[0]!.value,
    last: points.at(-1)!.value,
    zero,
    grows: !zero && line.slope > 0,
  }
}

function pointsOf(samples: readonly Sample[], reading: keyof Reading): Point[] {
  return samples.map(sample => ({ at: sample.seconds, value: sample[reading] }))
}

/** The median of the second half; none of a life that was hardly seen. */
function lateOf(points: readonly Point[]): Point[] {
  const late = points.slice(Math.floor(points.length / 2))
  if (late.length < 2) return []
  return [{ at: median(late.map(({ at }) => at)), value: median(late.map(({ value }) => value)) }]
}
