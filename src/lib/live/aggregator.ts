import type { LogRecord } from '../record.ts'
import { type CountedField, Counts, nameOfValue, type Rate, regrouped } from './counts.ts'
import { REMEMBERED, Slots } from './slots.ts'

/** Names in all seconds that are remembered: a history of so many is a megabyte or two. */
const MOST_NAMES = 50_000

/** The seconds that are over, and the present one as far as it was told. */
export interface History {
  /** The beginning of the first one, in the milliseconds of the clock that was given. */
  from: number
  slots: readonly Rate[]
}

/** What came up to a moment since the one before it: both are of the same second. */
export interface Told {
  until: number
  rate: Rate
}

/** A second that is over, of which not all was told. */
interface Ended {
  second: number
  told: Counts
  fresh: Counts
}

/** Counts events by the second, and what came since somebody looked. */
export class Aggregator {
  readonly fields: readonly string[]
  readonly #counted: readonly CountedField[]
  readonly #now: () => number
  readonly #slots: Slots
  /** The second that is being counted. */
  #second: number
  /** What came in it, but for what was not told. */
  #counts: Counts
  /** What was not told; only while somebody looks. */
  #fresh: Counts | undefined
  #ended: Ended[] = []
  #history: History | undefined

  /** @param now a clock in milliseconds that nobody sets */
  constructor(counted: readonly CountedField[], now: () => number, mostNames = MOST_NAMES) {
    this.fields = counted.map(({ name }) => name)
    this.#counted = counted
    this.#now = now
    this.#slots = new Slots(mostNames)
    this.#second = Math.floor(now() / 1000)
    this.#counts = this.#none()
  }

  /** Goes on from what another one has counted, by the same clock; of a field that is not among its, all is together. */
  goOnFrom(other: Aggregator): void {
    other.#advance()
    this.#second = other.#second
    for (const slot of other.#slots.before(0)) this.#slots.push(regrouped(slot, this.fields))
    const present = other.#fresh ? other.#counts.with(other.#fresh) : other.#counts
    this.#counts = Counts.of(regrouped(present.rate(other.fields), this.fields), this.fields)
  }

  count(record: LogRecord): void {
    this.#advance()
    const values = this.#counted.map(({ textOf }) => nameOfValue(textOf(record)))
    const counts = this.#fresh ?? this.#counts
    counts.add(values)
  }

  /** Somebody looks: what comes from now on is told. */
  begin(): void {
    this.rest()
    this.#advance()
    this.#fresh = this.#none()
  }

  /** Nobody looks any more. */
  rest(): void {
    if (this.#fresh) this.#counts.merge(this.#fresh)
    this.#fresh = undefined
    this.#ended = []
    this.#history = undefined
  }

  /** What came since the last call: to the end of each second that has ended since then, or else to now. */
  take(): Told[] {
    this.#advance()
    this.#history = undefined
    if (this.#ended.length > 0) {
      const told = this.#ended.map(({ second, fresh }) => ({
        until: (second + 1) * 1000,
        rate: fresh.rate(this.fields),
      }))
      this.#ended = []
      return told
    }
    const fresh = this.#fresh ?? this.#none()
    this.#counts.merge(fresh)
    this.#fresh = this.#none()
    return [{ until: this.#now(), rate: fresh.rate(this.fields) }]
  }

  /** All that was told, and what came before somebody looked. The same for all who ask before more is told. */
  history(): History {
    this.#advance()
    if (this.#fresh && this.#history) return this.#history
    const [ended] = this.#ended
    const { second, told } = ended ?? { second: this.#second, told: this.#counts }
    const over = this.#slots.before(this.#second - second)
    const slots = [...over, told.rate(this.fields)]
    this.#history = { from: (second - over.length) * 1000, slots }
    return this.#history
  }

  #advance(): void {
    const second = Math.floor(this.#now() / 1000)
    if (second <= this.#second) return
    if (this.#fresh) {
      const [told, fresh] = [this.#counts, this.#fresh]
      this.#ended.push({ second: this.#second, told, fresh })
      this.#counts = told.with(fresh)
      this.#fresh = this.#none()
    }
    this.#slots.push(this.#counts.rate(this.fields))
    const silent = Math.min(second - this.#second - 1, REMEMBERED)
    for (let n = 0; n < silent; n++) this.#slots.push(this.#none().rate(this.fields))
    this.#second = second
    this.#counts = this.#none()
  }

  #none(): Counts {
    return new Counts(this.#counted.length)
  }
}
