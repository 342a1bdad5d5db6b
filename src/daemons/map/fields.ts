// Fields by their names: what a step does, it does in every place that the name leads to (lib/query/places.ts).
import type { LogRecord } from '../../lib/index.ts'
import { isRawJson } from '../../lib/json.ts'
import { define } from '../../lib/properties.ts'
import { eachPlace, type Holder, type Route, routeOf } from '../../lib/query/places.ts'
import { isObject } from '../../lib/record.ts'
import { set } from './undo.ts'

/** Throws RangeError for a name that a step must not change. */
export function readName(name: string): Route {
  if (/^@meta(\.|$)/.test(name)) throw new RangeError(`"${name}": @meta belongs to Sluice and stays as it is`)
  if (name === '' || /\s|^\.|\.\.|\.$/.test(name))
    throw new RangeError(`"${name}" is no name of a field; write for example host or user.name`)
  return routeOf(name)
}

/** `a,b.c` */
export function readNames(text: string): Route[] {
  return text.split(',').map(name => readName(name.trim()))
}

/** In which object or list a field is, and by which key. */
export interface Place {
  holder: Holder
  key: string
}

/** Where it is, if it is there. */
export function placesOf(record: LogRecord, route: Route): Place[] {
  const places: Place[] = []
  eachPlace(record, route, (holder, key) => {
    places.push({ holder, key })
  })
  return places
}

/** Objects on the way to it are made. Throws TypeError where something else is in the way. */
export function write(record: LogRecord, route: Route, value: unknown): void {
  const places = route.parts.length > 0 ? placesOf(record, route) : [{ holder: record, key: route.path }]
  for (const { holder, key } of places) set(holder, key, value)
  if (places.length > 0) return
  const keys = route.path.split('.')
  const last = keys.pop()!
  let holder: Holder = record
  for (const key of keys) {
    let next = Object.hasOwn(holder, key) ? holder[key] : undefined
    if (next === undefined) {
      next = {}
      set(holder, key, next)
    }
    if (!isObject(next)) throw new TypeError(`"${key}" of "${route.path}" holds something else`)
    holder = next
  }
  set(holder, last, value)
}

/**
 * The record under other names: each key by what `nameOf` says, undefined for none. (A key that is deleted makes an object slow to
 * write for ever: 3 µs instead of 1.)
 */
export function withNames(record: LogRecord, nameOf: (key: string) => string | undefined): LogRecord {
  const named = {} as LogRecord
  for (const key of Object.keys(record)) {
    const name = nameOf(key)
    if (name !== undefined) define(named, name, record[key])
  }
  return named
}

/** Changes what is text or a number in these fields, at any depth; undefined: in all. Null and switches stay. */
export function changeScalars(
  record: LogRecord,
  routes: readonly Route[] | undefined,
  change: (scalar: string | number | bigint) => unknown,
): void {
  if (routes) {
    for (const route of routes) {
      if (route.parts.length > 0)
        for (const { holder, key } of placesOf(record, route)) changeAt(holder, key, change)
      else if (Object.hasOwn(record, route.path)) changeAt(record, route.path, change)
    }
  } else for (const key of Object.keys(record)) if (key !== '@meta') changeAt(record, key, change)
}

function changeAt(holder: Holder, key: string, change: (scalar: string | number | bigint) => unknown): void {
  const value = holder[key]
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    const changed = change(value)
    if (changed !== value) set(holder, key, changed)
  } else if (typeof value === 'object' && value !== null) {
    if (isRawJson(value)) {
      const { rawJSON } = value
      const changed = change(rawJSON)
      if (changed !== rawJSON) set(holder, key, changed)
    } else for (const below of Object.keys(value)) changeAt(value as Holder, below, change)
  }
}

/**
 * Without the original bytes that the record came in: what was taken out of its fields would still be there. (The engine only
 * knows of the message.)
 */
export function forgetBytes(record: LogRecord): LogRecord {
  if (record['@meta'].bytes === undefined) return record
  const { bytes: _, ...meta } = record['@meta']
  return { ...record, '@meta': meta as LogRecord['@meta'] }
}
