import { timeOfEvent } from '../event-time.ts'
import { topicTest } from '../pubsub/topic-pattern.ts'
import { createMatcher, parseQuery, type Query } from '../query/index.ts'
import type { LogRecord } from '../record.ts'
import type { LiveEvent } from './event.ts'

/** What who asks may see. */
export interface Scope {
  /** Of all whose scope is the same. */
  readonly account: string
  sees(record: LogRecord): boolean
}

/** Which events are wanted: the same of all whose key is the same. */
export interface Selection {
  readonly key: string
  /** Every event: there is nothing to ask. */
  readonly isAll: boolean
  /** Whether the topic fits; all else is asked by `fits`. */
  readonly fitsTopic: (topic: string) => boolean
  /** Whether an event whose topic fits is wanted; undefined where all of those are. */
  readonly fits: ((event: LiveEvent) => boolean) | undefined
}

/**
 * Of these topics (none: all), that a query finds, in what may be seen.
 * @param now what times as `-15m` count from, epoch milliseconds
 */
export function createSelection(
  topics: readonly string[],
  match: Query | string,
  scope: Scope | undefined,
  now = Date.now(),
): Selection {
  const query = typeof match === 'string' ? parseQuery(match, now) : match
  const patterns = topics.includes('*') ? [] : [...new Set(topics)].sort()
  const fits = fitsOf(query, scope)
  return {
    key: JSON.stringify([patterns, query, scope?.account ?? null]),
    isAll: patterns.length === 0 && fits === undefined,
    fitsTopic: topicTest(patterns),
    fits,
  }
}

export function isWanted({ fitsTopic, fits }: Selection, event: LiveEvent): boolean {
  return fitsTopic(event.topic) && (fits === undefined || fits(event))
}

function fitsOf(query: Query, scope: Scope | undefined): Selection['fits'] {
  const matches = query.kind === 'all' ? undefined : createMatcher(query)
  if (!matches) return scope && (({ record }) => scope.sees(record))
  // The record is asked for once: it may have to be read again.
  const isFound = (record: LogRecord) => matches(record, timeOfEvent(record, Date.now()))
  return ({ record }) => (scope === undefined || scope.sees(record)) && isFound(record)
}
