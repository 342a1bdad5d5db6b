// Where the name of a field leads to. All that look a name up do it in this way: conditions, the steps of sluice-map, templates and
// groups. `user.name` is `name` in `user`, and a key that is called just so. A list on the way is looked into: each of its
// elements, or with `users.0.name` the one of that number.

import { eachElement, isRawJson } from './walk.ts'

/** An object, or a list, whose keys are its numbers. */
export interface Holder {
  [key: string]: unknown
}

/** A name, and the ways to part it into a first key and the rest. */
export interface Route {
  path: string
  parts: { head: string; rest: string }[]
}

export function routeOf(path: string): Route {
  const parts: Route['parts'] = []
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1))
    parts.push({ head: path.slice(0, dot), rest: path.slice(dot + 1) })
  return { path, parts }
}

/** Calls back for each place that the name leads to: the key that is called just so first. Nothing may be changed meanwhile. */
export function eachPlace(
  object: object,
  { path, parts }: Route,
  visit: (holder: Holder, key: string) => void,
): void {
  const holder = object as Holder
  if (Object.hasOwn(holder, path)) visit(holder, path)
  // Each takes at least one dot off the path, so its length bounds the depth.
  for (const { head, rest } of parts) {
    if (!Object.hasOwn(holder, head)) continue
    const value = holder[head]
    if (isHolder(value) && (!Array.isArray(value) || NUMBER.test(rest)))
      eachPlace(value, routeOf(rest), visit)
    else
      eachElement(value, element => {
        if (isHolder(element)) eachPlace(element, routeOf(rest), visit)
      })
  }
}

const NUMBER = /^\d+(?:\.|$)/

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null && !isRawJson?.(value)
}
