import type { LogRecord } from '../record.ts'
import { type CountedField, Counts, nameOfValue, type Rate } from './counts.ts'
import { Names } from './names.ts'

/** Seconds that are remembered: a quarter of an hour. */
export const REMEMBERED = 900

/** The seconds that are over, and the present one. */
export interface History {
  /** The beginning of the first one, in the milliseconds of the clock that was given. */
  from: number
  slots: Rate[]
}

/** Counts events by the second, and what came since somebody looked. */
export class Aggregator {
  readonly fields: readonly string[]
  readonly #counted: readonly CountedField[]
  readonly #now: () => number
  readonly #slots: Rate[] = []
  readonly #names = new Names()
  /** The second that is being counted. */
  #second: number
  #counts: Counts
  /** Since the last look; only while somebody looks. */
  #fresh: Counts | undefined

  /** @param now a clock in milliseconds that nobody sets */
  constructor(counted: readonly CountedField[], now: () => number) {
    this.fields = counted.map(({ name }) => name)
    this.#counted = counted
    this.#now = now
    this.#second = Math.floor(now() / 1000)
    this.#counts = new Counts(counted.length)
  }

  count(record: LogRecord): void {
    this.#advance()
    const values = this.#counted.map(({ textOf }) => nameOfValue(textOf(record)))
    this.#counts.add(values)
    this.#fresh?.add(values)
  }

  /** What came since the last call. */
  take(): Rate {
    const fresh = this.#fresh ?? new Counts(this.#counted.length)
    this.#fresh = new Counts(this.#counted.length)
    return fresh.rate(this.fields)
  }

  /** Nobody looks any more. */
  rest(): void {
    this.#fresh = undefined
  }

  history(): History {
    this.#advance()
    const from = (this.#second - this.#slots.length) * 1000
    return { from, slots: [...this.#slots, this.#counts.rate(this.fields)] }
  }

  #advance(): void {
    const second = Math.floor(this.#now() / 1000)
    if (second <= this.#second) return
    this.#slots.push(this.#names.keep(this.#counts.rate(this.fields)))
    const silent = Math.min(second - this.#second - 1, REMEMBERED)
    for (let n = 0; n < silent; n++) this.#slots.push(new Counts(this.#counted.length).rate(this.fields))
    const forgotten = this.#slots.splice(0, Math.max(0, this.#slots.length - REMEMBERED))
    for (const slot of forgotten) this.#names.forget(slot)
    this.#second = second
    this.#counts = new Counts(this.#counted.length)
  }
}
