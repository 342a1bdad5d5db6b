// Which fields events have, as far as they were seen, and what a query calls each of them.
import { isFieldName } from '../../lib/live/field-name.ts'
import { CANONICAL_NAMES, canonicalName } from '../../lib/query/fields.ts'
import { type Field, isMeta } from '../lib/record-fields.ts'
import { State } from '../lib/state.ts'

/** How a query spells a name: one that is found in two places has two spellings. */
export type Spellings = readonly string[]

/** Names that are offered, and their length. */
const MOST_NAMES = 200
const LONGEST = 60
/** Each event has another value. */
const NOT_COUNTED = new Set(['time', '@timestamp'])

export class FieldNames {
  /** By the names that the server counts by. */
  readonly seen = new State<ReadonlyMap<string, Spellings>>(new Map())

  /** @param events the fields of each */
  learn(events: Iterable<readonly Field[]>): void {
    const known = new Map(this.seen.value)
    let isNews = false
    for (const fields of events)
      for (const [name, asked] of countedOf(fields)) {
        const before = known.get(name) ?? []
        if (before.includes(asked) || (before.length === 0 && known.size >= MOST_NAMES)) continue
        const spellings = [...before, asked]
        // The shorter is the one outside of `data`.
        known.set(
          name,
          spellings.sort((a, b) => a.length - b.length),
        )
        isNews = true
      }
    if (isNews) this.seen.value = known
  }

  /** Where it was never seen, in all places where the server looks for it. */
  spellingsOf(name: string): Spellings {
    const [own, nested] = [canonicalName(name), `data.${name}`]
    return this.seen.value.get(name) ?? (isShort(nested) ? [own, nested] : [own])
  }
}

/** Whether the server finds it by its last name alone: see `routesOfField` of the query language. */
function isShort(name: string): boolean {
  const [, last] = /^data\.([^.]+)$/.exec(name) ?? []
  return last !== undefined && !CANONICAL_NAMES.includes(last)
}

/** The fields of an event by the names that they are counted by, and what a query calls them. */
function* countedOf(fields: readonly Field[]): Generator<[name: string, asked: string]> {
  const own = new Set(fields.filter(({ askable }) => askable).map(({ name }) => name))
  for (const { name, asked } of fields) {
    const counted = isShort(name) ? name.slice('data.'.length) : name
    // Of both, the server takes the one outside of `data`.
    if (counted !== name && own.has(counted)) continue
    if (isMeta(name) || NOT_COUNTED.has(name) || counted.length > LONGEST || !isFieldName(counted)) continue
    yield [counted, asked]
  }
}
