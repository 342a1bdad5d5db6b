// How many events there were, second by second, as far as we know.
import { type History, OTHERS, type Rate, type TimedRate } from './api.ts'

/** Not whole numbers where a message told of two seconds. */
export interface Slot {
  total: number
  /** Of each field, how often it had which value. */
  readonly by: Map<string, Map<string, number>>
}

/** Seconds that are kept; the server remembers no more. */
export const REMEMBERED = 900
/** Values of a field in one second: strangers send as many as they like. */
const MOST_VALUES = 100
/** What comes tells of the time since the one before, which is this long where we do not know that: milliseconds. */
const TICK = 200

export class Slots {
  /** By the second since 1970, of the server's clock. A second that is missing is not known. */
  readonly #slots = new Map<number, Slot>()
  /** The newest second. */
  #last = Number.NEGATIVE_INFINITY
  /** Up to when we were told, or at least to there; milliseconds. */
  #told = Number.NEGATIVE_INFINITY
  /** What comes next tells of no longer time than this. */
  #longest = TICK

  get last(): number {
    return this.#last
  }

  at(second: number): Slot | undefined {
    return this.#slots.get(second)
  }

  /** As it is now, whatever comes. */
  snapshot(): Slots {
    const copy = new Slots()
    copy.#last = this.#last
    // Only to the newest ones something may be added.
    for (const [second, slot] of this.#slots)
      copy.#slots.set(second, second < this.#last - 2 ? slot : copyOf(slot))
    return copy
  }

  /**
   * What the server knows replaces what we know; what only we know stays. Says how many events more there were from that
   * second on than we knew of.
   */
  remember({ step, from, slots }: History, since: number): number {
    let more = 0
    for (const [index, { total, by }] of slots.entries()) {
      const second = Math.round((from + index * step) / 1000)
      if (second >= since) more += total - (this.#slots.get(second)?.total ?? 0)
      this.#slots.set(second, { total: 0, by: new Map() })
      this.#add(second, 1, { total, by })
      this.#told = second * 1000
    }
    this.#longest = TICK
    this.#forget()
    return more
  }

  /** To each second the part of it that lies there: a timer is late now and then, and then a message tells of two. */
  add({ time, total, by }: TimedRate): void {
    const begin = this.#told < time ? Math.max(this.#told, time - this.#longest) : time - TICK
    // Of a longer time than is kept, the beginning would be forgotten at once.
    for (
      let second = Math.max(Math.floor(begin / 1000), Math.floor(time / 1000) - REMEMBERED);
      second * 1000 < time;
      second++
    ) {
      const [from, to] = [Math.max(begin, second * 1000), Math.min(time, (second + 1) * 1000)]
      this.#add(second, (to - from) / (time - begin), { total, by })
    }
    this.#told = time
    this.#longest = Number.POSITIVE_INFINITY
    this.#forget()
  }

  clear(): void {
    this.#slots.clear()
    this.#last = this.#told = Number.NEGATIVE_INFINITY
    this.#longest = TICK
  }

  #add(second: number, share: number, { total, by }: Rate): void {
    // A clock that was set back by far: what was before can not be put into a row with what comes.
    if (second < this.#last - REMEMBERED) this.clear()
    const slot = this.#slots.get(second) ?? { total: 0, by: new Map() }
    this.#slots.set(second, slot)
    this.#last = Math.max(this.#last, second)
    slot.total += total * share
    for (const [field, values] of Object.entries(by)) {
      const counts = slot.by.get(field) ?? new Map<string, number>()
      slot.by.set(field, counts)
      for (const [value, count] of Object.entries(values)) addTo(counts, value, count * share, MOST_VALUES)
    }
  }

  #forget(): void {
    if (this.#slots.size <= REMEMBERED + 60) return
    for (const second of this.#slots.keys()) if (second <= this.#last - REMEMBERED) this.#slots.delete(second)
  }

  /** How often each value of a field came from this second to before that one. */
  sums(field: string, from: number, to: number): Map<string, number> {
    const sums = new Map<string, number>()
    for (let second = from; second < to; second++) {
      const counts = this.#slots.get(second)?.by.get(field)
      if (counts) for (const [value, count] of counts) addTo(sums, value, count, Number.POSITIVE_INFINITY)
    }
    return sums
  }
}

const copyOf = ({ total, by }: Slot): Slot => ({
  total,
  by: new Map([...by].map(([field, counts]) => [field, new Map(counts)])),
})

function addTo(counts: Map<string, number>, value: string, count: number, most: number): void {
  const name = counts.has(value) || counts.size < most ? value : OTHERS
  counts.set(name, (counts.get(name) ?? 0) + count)
}
