// The requests of docs/hub.md, and those of docs/count.md where counts are kept.
import { scalarOf } from '../../lib/query/walk.ts'
import { getJson } from '../lib/http.ts'

const BASE = 'api/v1'

export interface About {
  kind: 'hub' | 'count'
  name: string
  version: string
  /** Template of the topic of an event. */
  topic: string
  /** Fields whose values are counted whoever looks. */
  fields: string[]
  /** Templates of the keys that are counted. */
  keys?: string[]
  timezone: string
  /** Whose events these are, where the token says so. */
  account: string | null
  /** Epoch milliseconds of the server. */
  now: number
}

export interface Rate {
  total: number
  by: { [field: string]: { [value: string]: number } }
}

export interface History {
  /** Milliseconds of a slot. */
  step: number
  from: number
  slots: Rate[]
}

/** What came since the last one. */
export interface TimedRate extends Rate {
  time: number
}

/** All other values together, and events without the field: as the server calls them. */
export const OTHERS = '…'
export const EMPTY = '(empty)'
/** Characters of a value that are counted. */
const LONGEST = 100

/** A value as the server counts it. */
export function nameOfValue(text: string): string {
  if (text === '') return EMPTY
  return text.length > LONGEST ? text.slice(0, LONGEST) + OTHERS : text
}

/** Whether such a name is all of a value: what was cut, or is not there at all, nobody can ask for. */
export const isWhole = (name: string): boolean => name !== EMPTY && name.length <= LONGEST

/** Which events are wanted. */
export interface Filter {
  readonly topics: readonly string[]
  readonly match: string
}

function search(filter: Filter, more: readonly (readonly [string, string])[]): string {
  const parameters = new URLSearchParams(filter.topics.map(topic => ['topic', topic]))
  if (filter.match.trim() !== '') parameters.set('match', filter.match)
  for (const [name, value] of more) parameters.append(name, value)
  return parameters.toString()
}

export const getAbout = (signal: AbortSignal) => getJson<About>(`${BASE}/about`, signal)

export const ratesAddress = (filter: Filter, by: readonly string[]) =>
  `${BASE}/rates?${search(
    filter,
    by.map(field => ['by', field] as const),
  )}`

/** @param rate at most so many a second */
export const eventsAddress = (filter: Filter, rate: number, last: number) =>
  `events?${search(filter, [
    ['rate', String(rate)],
    ['last', String(last)],
  ])}`

export interface Key {
  key: string
  kind: 'count' | 'sum' | 'distinct'
  last: string
}

export interface Keys {
  keys: Key[]
  more: boolean
}

export const getKeys = (prefix: string, limit: number, signal: AbortSignal) =>
  getJson<Keys>(`${BASE}/keys?${new URLSearchParams({ prefix, limit: String(limit) })}`, signal)

export interface Point {
  time: string
  /** Null where it is not kept any more. */
  count: number | null
}

/** @param from epoch milliseconds, as `to` */
export async function getSeries(
  key: string,
  { from, to, step }: { from: number; to: number; step: string },
  signal: AbortSignal,
): Promise<Point[]> {
  const iso = (time: number) => new Date(time).toISOString()
  const parameters = new URLSearchParams({ from: iso(from), to: iso(to), step })
  const points = await getJson<Point[]>(`${BASE}/series/${pathOf(key)}?${parameters}`, signal)
  // What no double holds exactly is an object (see parseExact), and cannot be added to others.
  return points.map(({ time, count }) => ({ time, count: count === null ? null : Number(scalarOf(count)) }))
}

/** A key as a path. A part of it may have had a slash, which is `%2F` in the key: it is escaped once more. */
const pathOf = (key: string) => key.split('/').map(encodeURIComponent).join('/').replaceAll('%25', '%')
