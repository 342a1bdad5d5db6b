// What steps change within a record, and how that is taken back when a later one fails: a dead letter is the record as it came, so
// that it can be sent in again.
import { define } from '../../lib/properties.ts'
import type { Holder } from '../../lib/query/places.ts'
import type { Step } from './step.ts'

/** Of the record at hand: steps do not wait, so there is one at a time. */
const changes: (() => void)[] = []

/** When the step throws, the record is what it was before. */
export function allOrNothing(step: Step): Step {
  return record => {
    try {
      return step(record)
    } catch (error) {
      takeBack(0)
      throw error
    } finally {
      if (changes.length > 0) changes.length = 0
    }
  }
}

/** When it throws, what it had changed is what it was before. */
export function attempt<T>(change: () => T): T {
  const before = changes.length
  try {
    return change()
  } catch (error) {
    takeBack(before)
    throw error
  }
}

function takeBack(before: number): void {
  while (changes.length > before) changes.pop()!()
}

/** Gives a field a value. */
export function set(holder: Holder, key: string, value: unknown): void {
  if (Object.hasOwn(holder, key)) {
    const before = holder[key]
    changes.push(() => define(holder, key, before))
  } else changes.push(() => delete holder[key])
  define(holder, key, value)
}

/** Takes a field out, or an element of a list. */
export function remove(holder: Holder, key: string): void {
  const before = holder[key]
  if (Array.isArray(holder)) {
    holder.splice(Number(key), 1)
    changes.push(() => holder.splice(Number(key), 0, before))
  } else {
    delete holder[key]
    changes.push(() => define(holder, key, before))
  }
}
