import type { LogRecord } from '../record.ts'

/** Events in a stretch of time: all of them, and by the values of fields. */
export interface Rate {
  total: number
  by: { [field: string]: { [value: string]: number } }
}

/** A field that events are counted by. */
export interface CountedField {
  name: string
  /** Its text; empty where there is none. */
  textOf(record: LogRecord): string
}

/** Values that are given by name. */
const NAMED = 50
/** Values that are told apart while they are counted. */
const MOST_VALUES = 1000
/** Characters of a value. */
const LONGEST = 100

/** All others together. */
export const OTHERS = '…'
/** Events without the field. */
export const EMPTY = '(empty)'

/** The text of a value as it is counted. */
export function nameOfValue(text: string): string {
  if (text === '') return EMPTY
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}${OTHERS}` : text
}

/** Counts, as long as it is not known which values are frequent. */
export class Counts {
  total = 0
  readonly #values: Map<string, number>[]

  /** @param fields how many there are */
  constructor(fields: number) {
    this.#values = Array.from({ length: fields }, () => new Map())
  }

  /** Counts that go on from these. */
  static of({ total, by }: Rate, fields: readonly string[]): Counts {
    const counts = new Counts(fields.length)
    counts.total = total
    for (const [n, field] of fields.entries())
      for (const [value, count] of Object.entries(by[field]!)) counts.#values[n]!.set(value, count)
    return counts
  }

  /** @param values one of each field */
  add(values: readonly string[]): void {
    this.total++
    for (let n = 0; n < values.length; n++) addTo(this.#values[n]!, values[n]!, 1)
  }

  /** Adds what was counted by the same fields. */
  merge(other: Counts): void {
    this.total += other.total
    for (const [n, counts] of other.#values.entries())
      for (const [value, count] of counts) addTo(this.#values[n]!, value, count)
  }

  /** Both together. */
  with(other: Counts): Counts {
    const sum = new Counts(this.#values.length)
    for (const counts of [this, other]) sum.merge(counts)
    return sum
  }

  /** The most frequent values by name, the others together. */
  rate(fields: readonly string[]): Rate {
    return {
      total: this.total,
      by: Object.fromEntries(fields.map((field, n) => [field, named(this.#values[n]!, NAMED)])),
    }
  }
}

/** The same with so many values of each field by name. */
export function fewer({ total, by }: Rate, names: number): Rate {
  const kept = Object.entries(by).map(([field, counts]) => [
    field,
    named(new Map(Object.entries(counts)), names),
  ])
  return { total, by: Object.fromEntries(kept) }
}

/** The same by these fields: of one by which was not counted, all is together. */
export function regrouped({ total, by }: Rate, fields: readonly string[]): Rate {
  const together = total > 0 ? { [OTHERS]: total } : {}
  const values = (field: string) => (Object.hasOwn(by, field) ? by[field]! : together)
  return { total, by: Object.fromEntries(fields.map(field => [field, values(field)])) }
}

function addTo(counts: Map<string, number>, value: string, more: number): void {
  const count = counts.get(value)
  if (count !== undefined) counts.set(value, count + more)
  else if (counts.size < MOST_VALUES) counts.set(value, more)
  else counts.set(OTHERS, (counts.get(OTHERS) ?? 0) + more)
}

function named(counts: ReadonlyMap<string, number>, most: number): { [value: string]: number } {
  if (counts.size <= most) return Object.fromEntries(counts)
  let others = counts.get(OTHERS) ?? 0
  const sorted = [...counts].filter(([value]) => value !== OTHERS).sort(([, a], [, b]) => b - a)
  for (const [, count] of sorted.slice(most)) others += count
  return Object.fromEntries([...sorted.slice(0, most), [OTHERS, others]])
}
