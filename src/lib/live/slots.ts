import { fewer, type Rate } from './counts.ts'
import { Names } from './names.ts'

/** Seconds that are remembered: a quarter of an hour. */
export const REMEMBERED = 900
/** Values of a field by name in the oldest seconds, where there are too many in all: fewer and fewer. */
const LEVELS = [10, 3, 0]

/** The seconds that are over. However many values there are, their names have a bound: the oldest seconds give theirs up first. */
export class Slots {
  readonly #most: number
  readonly #names = new Names()
  readonly #slots: Rate[] = []
  /** Names in all of them. */
  #count = 0
  /** How many of the oldest have no more names than each level. */
  readonly #reduced = LEVELS.map(() => 0)

  /** @param most names in all of them */
  constructor(most: number) {
    this.#most = most
  }

  get length(): number {
    return this.#slots.length
  }

  /** All but the newest so many. */
  before(newest: number): Rate[] {
    return this.#slots.slice(0, Math.max(0, this.#slots.length - newest))
  }

  push(rate: Rate): void {
    const slot = this.#names.keep(rate)
    this.#slots.push(slot)
    this.#count += namesIn(slot)
    if (this.#slots.length > REMEMBERED) this.#forget()
    for (const [level, names] of LEVELS.entries())
      while (this.#count > this.#most && this.#reduced[level]! < this.#slots.length)
        this.#reduce(this.#reduced[level]!++, names)
  }

  #forget(): void {
    const slot = this.#slots.shift()!
    this.#names.forget(slot)
    this.#count -= namesIn(slot)
    for (const [level, reduced] of this.#reduced.entries()) this.#reduced[level] = Math.max(0, reduced - 1)
  }

  /** Another slot, not the same one: whoever is just reading it goes on. */
  #reduce(at: number, names: number): void {
    const old = this.#slots[at]!
    this.#names.forget(old)
    const slot = this.#names.keep(fewer(old, names))
    this.#count += namesIn(slot) - namesIn(old)
    this.#slots[at] = slot
  }
}

function namesIn({ by }: Rate): number {
  let count = 0
  for (const counts of Object.values(by)) count += Object.keys(counts).length
  return count
}
