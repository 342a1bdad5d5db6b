import { timeOfEvent } from '../event-time.ts'
import { topicTest } from '../pubsub/topic-pattern.ts'
import { createMatcher, parseQuery } from '../query/index.ts'
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
  /** Of whom it is; undefined for who may see everything. */
  readonly account: string | undefined
  /** Every event: there is nothing to ask. */
  readonly isAll: boolean
  /** The topics that fit; undefined where only `fitsTopic` knows: of wildcards, and where all do. */
  readonly wholeTopics: readonly string[] | undefined
  /** Whether the topic fits; all else is asked by `fits`. */
  readonly fitsTopic: (topic: string) => boolean
  /** Whether an event whose topic fits is wanted; undefined where all of those are. */
  readonly fits: ((event: LiveEvent) => boolean) | undefined
}

/** So long times as `-15m` count from the same moment, milliseconds. */
const MOMENT = 60_000

/**
 * Of these topics (none: all), that a query finds, in what may be seen. Throws QueryError, which says what is wrong with it, and where.
 * @param now what times as `-15m` count from, epoch milliseconds: from then on they go on with it
 */
export function createSelection(
  topics: readonly string[],
  match: string,
  scope: Scope | undefined,
  now = Date.now,
): Selection {
  const patterns = topics.includes('*') ? [] : [...new Set(topics)].sort()
  const isFound = testOf(match, now)
  const fits = fitsOf(isFound, scope)
  return {
    // By its text: that is the same for all who ask for `time>-15m`, and says all that it is.
    key: JSON.stringify([patterns, isFound ? match.trim() : '', scope?.account ?? null]),
    account: scope?.account,
    isAll: patterns.length === 0 && fits === undefined,
    wholeTopics: patterns.length === 0 || patterns.some(one => one.includes('*')) ? undefined : patterns,
    fitsTopic: topicTest(patterns),
    fits,
  }
}

export function isWanted({ fitsTopic, fits }: Selection, event: LiveEvent): boolean {
  return fitsTopic(event.topic) && (fits === undefined || fits(event))
}

function fitsOf(isFound: ReturnType<typeof testOf>, scope: Scope | undefined): Selection['fits'] {
  if (!isFound) return scope && (({ record }) => scope.sees(record))
  return scope ? event => scope.sees(event.record) && isFound(event) : isFound
}

/** Undefined for what finds everything. */
function testOf(text: string, now: () => number): ((event: LiveEvent) => boolean) | undefined {
  let since = now()
  const query = parseQuery(text, since)
  if (query.kind === 'all') return undefined
  let matches = createMatcher(query)
  return ({ record }) => {
    const time = now()
    if (Math.abs(time - since) >= MOMENT) {
      since = time
      matches = createMatcher(parseQuery(text, since))
    }
    return matches(record, timeOfEvent(record, time))
  }
}
