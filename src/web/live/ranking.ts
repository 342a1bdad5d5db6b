// Which values are shown, and in which order: the most frequent ones, without a jump at every event.
import { OTHERS } from './api.ts'

type Counts = ReadonlyMap<string, number>

const byCount = (a: readonly [string, number], b: readonly [string, number]) =>
  b[1] - a[1] || (a[0] < b[0] ? -1 : 1)

/** The most frequent values by name, the first `most` of them. */
export function mostFrequent(counts: Counts, most: number): [value: string, count: number][] {
  const found = [...counts].filter(([value, count]) => value !== OTHERS && count > 0)
  return found.sort(byCount).slice(0, most)
}

/** So much more often a value must come than one that has a colour, to take it. */
const CLEARLY = 1.25

/** Gives each of the most frequent values a colour, which it keeps as long as it is among them. */
export class Colours {
  readonly #most: number
  #values: (string | undefined)[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** By the number of their colour; undefined where a colour is free. */
  get values(): readonly (string | undefined)[] {
    return this.#values
  }

  clear(): void {
    this.#values = []
  }

  update(counts: Counts): void {
    const kept = this.#values.map(value => (value !== undefined && counts.get(value) ? value : undefined))
    const candidates = mostFrequent(counts, this.#most).filter(([value]) => !kept.includes(value))
    for (const [value, count] of candidates) {
      const free = this.#freeOf(kept)
      if (free !== undefined) kept[free] = value
      else {
        const [weakest, least] = weakestOf(kept, counts)
        if (count > least * CLEARLY) kept[weakest] = value
      }
    }
    if (kept.some((value, index) => value !== this.#values[index])) this.#values = kept
  }

  #freeOf(kept: readonly (string | undefined)[]): number | undefined {
    const free = kept.indexOf(undefined)
    if (free >= 0) return free
    return kept.length < this.#most ? kept.length : undefined
  }
}

function weakestOf(kept: readonly (string | undefined)[], counts: Counts): [index: number, count: number] {
  const all = kept.map((value, index) => [index, counts.get(value!) ?? 0] as [number, number])
  return all.reduce((least, one) => (one[1] < least[1] ? one : least))
}

/** Milliseconds in which a list does not change its order. */
const CALM = 2000

/** The most frequent values in an order that changes now and then, so that one can read it. */
export class CalmOrder {
  readonly #most: number
  #order: string[] = []
  #changed = Number.NEGATIVE_INFINITY

  constructor(most: number) {
    this.#most = most
  }

  /** @param now a clock in milliseconds */
  update(counts: Counts, now: number): readonly string[] {
    const wanted = mostFrequent(counts, this.#most).map(([value]) => value)
    // As long as there is room, nobody has to move for who is new.
    if (now - this.#changed < CALM && this.#order.length > 0) {
      const added = wanted.filter(value => !this.#order.includes(value))
      const free = this.#most - this.#order.length
      if (free > 0 && added.length > 0) this.#order = [...this.#order, ...added.slice(0, free)]
      return this.#order
    }
    if (wanted.some((value, index) => value !== this.#order[index]) || wanted.length !== this.#order.length) {
      this.#order = wanted
      this.#changed = now
    }
    return this.#order
  }

  clear(): void {
    this.#order = []
    this.#changed = Number.NEGATIVE_INFINITY
  }
}
