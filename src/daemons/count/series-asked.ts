// A series, as it is asked for in an address.

import { parseTime } from '../../lib/query/index.ts'
import { BadRequest, type Parameters, withPlus } from '../../lib/serve/parameters.ts'
import { type Buckets, MINUTE } from './buckets.ts'
import { formatDecimal, readDecimal } from './decimal.ts'
import type { Kind } from './owners.ts'
import { type Point, parseStep, pointsOf, type Range, type Step } from './series.ts'
import type { Store } from './store.ts'

const MOST_POINTS = 10_000
/** What is read and added up for an answer: whoever asks must not keep others waiting. */
const MOST_BUCKETS = 50_000
/** So many points there are where nobody says from when. */
const USUAL_POINTS = 60

/** The points that `from`, `to` and `step` mean. Throws BadRequest. `kept` is the time by which counts are forgotten. */
export function pointsAsked(
  asked: Parameters,
  kind: Kind | undefined,
  buckets: Buckets,
  kept: number,
): readonly Point[] {
  const step = asked.parsed('step', parseStep) ?? parseStep('hour')
  if (kind === 'distinct' && !step.isWhole)
    throw badStep('who was seen twice cannot be told from two; the step is minute, hour, day or month')
  const range = rangeOf(asked, step, buckets)
  const points = pointsOf(step, range, buckets, kept, { points: MOST_POINTS, buckets: MOST_BUCKETS })
  if (points) return points
  throw badStep(
    `these are more than ${MOST_POINTS} points, or those of more than ${MOST_BUCKETS} minutes, hours, days or months; ask for a longer step, or a shorter time`,
  )
}

function badStep(message: string): BadRequest {
  return new BadRequest('bad-parameter', message, { parameter: 'step' })
}

function rangeOf(asked: Parameters, step: Step, buckets: Buckets): Range {
  const now = Date.now()
  const time = (name: string) => asked.parsed(name, text => timeOf(withPlus(text), buckets, now))
  const to = time('to') ?? now
  const from = time('from') ?? to - USUAL_POINTS * step.length * MINUTE
  if (from > to) throw new BadRequest('bad-parameter', 'from is later than to', { parameter: 'from' })
  return { from, to }
}

/** A time without a zone is that of the clock by which events are counted. */
function timeOf(written: string, { zone }: Buckets, now: number): number {
  const text = written.trim()
  const time = /^\d{9,11}$/.test(text) ? Number(text) * 1000 : parseTime(text, now)
  const stated = LOCAL.test(text) ? zone.toInstant(time) : time
  if (stated >= 0 && stated < LATEST) return stated
  throw new RangeError('years go from 1970 to 9999')
}

const LOCAL = /^\d{4}-\d\d-\d\d(?:[t ][\d:.,]+)?$/i
const LATEST = Date.UTC(9999, 0)

/** What there is in each of the points, as text. */
export async function countsOf(points: readonly Point[], key: string, store: Store): Promise<string[]> {
  const names = [...new Set(points.flatMap(({ fields }) => fields.map(([hash]) => hash)))]
  const hashes = await store.read(names.map(hash => `${key}/${hash}`))
  const found = new Map(names.map((hash, n) => [hash, new Map(hashes[n])]))
  return points.map(({ fields }) => {
    const values = fields.flatMap(([hash, field]) => found.get(hash)?.get(field) ?? [])
    return values.length === 1 ? values[0]! : sumOf(values)
  })
}

function sumOf(values: readonly string[]): string {
  return formatDecimal(values.reduce((sum, value) => sum + (readDecimal(value) ?? 0n), 0n))
}
