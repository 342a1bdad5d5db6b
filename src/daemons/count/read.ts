// What is in a batch of events: under which keys each is counted, and when it was.

import { isTimeUnreadable, timeOfEvent } from '../../lib/event-time.ts'
import { type LogRecord, messageOf } from '../../lib/index.ts'
import { type Buckets, FIRST } from './buckets.ts'
import { NEVER_BEFORE } from './clock.ts'
import type { Amount, Unfit } from './metric.ts'
import type { Metrics } from './metrics.ts'
import type { Kind } from './owners.ts'

/** One event under one template. */
export interface Reading {
  id: string
  kind: Kind
  key: string
  time: number
  minute: number
  amount: Amount
}

export interface Read {
  /** In the order of the ids. */
  readings: readonly Reading[]
  ids: readonly string[]
  /** Indices of those whose id is in the batch before. */
  repeats: readonly number[]
  /** Indices of those that no template counts, because there are too many keys. */
  full: readonly number[]
  /** Indices of those that cannot even be looked at, with why. */
  broken: readonly (readonly [index: number, why: string])[]
}

export type Refusal = Unfit | 'keysFull' | 'timesRefused'

export interface ReadOptions {
  metrics: Metrics
  buckets: Buckets
  /** Whether there may be one more key. */
  admits(key: string): boolean
  /** Told of each template that an event is not counted by. */
  refuse(why: Refusal, id: string): void
}

/** What is in the records, whether it is new or not. */
export function readEvents(records: readonly LogRecord[], options: ReadOptions, now: number): Read {
  const ids = new Set<string>()
  const repeats: number[] = []
  const full: number[] = []
  const broken: [number, string][] = []
  const readings: Reading[] = []
  for (const [index, record] of records.entries()) {
    const { id } = record['@meta']
    if (ids.has(id)) {
      repeats.push(index)
      continue
    }
    const all = readAll(record, options)
    if (typeof all === 'string') {
      broken.push([index, all])
      continue
    }
    for (const { found } of all) if (typeof found === 'string') options.refuse(found, id)
    const isUncounted = all.every(({ found }) => typeof found === 'string')
    // It may be sent again when there is room, and is not to be known then.
    if (isUncounted && all.some(({ found }) => found === 'keysFull')) {
      full.push(index)
      continue
    }
    ids.add(id)
    const when = placeInTime(record, options, now)
    for (const { metric, found } of all)
      if (typeof found !== 'string') readings.push({ id, kind: metric.kind, ...when, ...found })
  }
  return { readings, ids: [...ids], repeats, full, broken }
}

/** A mistake in here that one event brings to light must not hold up all others: then it is why that one is not counted. */
function readAll(record: LogRecord, options: ReadOptions) {
  try {
    return options.metrics.all.map(metric => ({ metric, found: readOne(record, metric, options) }))
  } catch (error) {
    return messageOf(error)
  }
}

function readOne(
  record: LogRecord,
  metric: Metrics['all'][number],
  { admits }: ReadOptions,
): { key: string; amount: Amount } | Refusal {
  const named = metric.keyOf(record)
  if ('unfit' in named) return named.unfit
  const added = metric.amountOf(record)
  if ('unfit' in added) return added.unfit
  return admits(named.key) ? { ...named, ...added } : 'keysFull'
}

/** A time that cannot be is that of the reception. */
function placeInTime(record: LogRecord, { buckets, refuse }: ReadOptions, here: number) {
  const { received = here } = record['@meta']
  // Those who were told the time are right. Where nobody was, it may be too early to be counted.
  const now = Math.max(here < NEVER_BEFORE && received > here ? received : here, FIRST)
  const time = timeOfEvent(record, now)
  const minute = buckets.minuteOf(time, now)
  if (minute !== undefined && !isTimeUnreadable(record)) return { time, minute }
  refuse('timesRefused', record['@meta'].id)
  const receivedIn = buckets.minuteOf(received, now)
  if (receivedIn !== undefined) return { time: received, minute: receivedIn }
  return { time: now, minute: buckets.minuteOf(now, now)! }
}
