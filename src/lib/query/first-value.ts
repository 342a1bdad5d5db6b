import { eachPlace, type Holder, type Route } from './places.ts'
import { scalarOf } from './walk.ts'

/**
 * What a template or a chart takes of a field that a record has in several places: the first value that is a text, a number
 * or a switch; where there is none, the first object or list. Undefined where there is nothing, or null.
 */
export function firstValue(record: object, routes: readonly Route[]): unknown {
  let first: unknown
  let scalar: unknown
  const visit = (holder: Holder, key: string) => {
    const value = holder[key]
    first ??= value
    // A number that JSON.rawJSON keeps looks like an object.
    scalar ??= scalarOf(value)
  }
  for (const route of routes) {
    eachPlace(record, route, visit)
    if (scalar !== undefined) return scalar
  }
  return first ?? undefined
}
