// Fields of a record and no others: `keep-fields host,user.name`.

import { define } from '../../lib/properties.ts'
import type { Holder } from '../../lib/query/places.ts'
import { isObject } from '../../lib/record.ts'

/** What is kept of an object: some keys whole, and of others what is below them. */
export interface Kept {
  whole: Set<string>
  below: Map<string, Kept>
}

export function keptOf(names: readonly string[]): Kept {
  const kept: Kept = { whole: new Set(names), below: new Map() }
  const rests = new Map<string, string[]>()
  for (const name of names)
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      const head = name.slice(0, dot)
      rests.set(head, [...(rests.get(head) ?? []), name.slice(dot + 1)])
    }
  for (const [head, below] of rests) kept.below.set(head, keptOf(below))
  return kept
}

/** Writes what is kept of an object into another one. Returns whether there is anything. */
export function pick(from: Holder, { whole, below }: Kept, to: Holder): boolean {
  let found = false
  for (const key of Object.keys(from)) {
    const rest = below.get(key)
    const value = whole.has(key) ? from[key] : rest && pickBelow(from[key], rest)
    if (value === undefined) continue
    define(to, key, value)
    found = true
  }
  return found
}

/** Of a list, the elements that have something of it, or the number of it. Undefined where there is nothing. */
function pickBelow(value: unknown, kept: Kept): unknown {
  if (Array.isArray(value)) {
    const elements = value
      .map((element, n) => pickElement(element, String(n), kept))
      .filter(element => element !== undefined)
    return elements.length > 0 ? elements : undefined
  }
  const object = {}
  return isObject(value) && pick(value, kept, object) ? object : undefined
}

function pickElement(element: unknown, n: string, kept: Kept): unknown {
  if (kept.whole.has(n)) return element
  return pickBelow(element, kept.below.get(n) ?? kept)
}
