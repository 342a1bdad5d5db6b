// The columns of the moving chart: values on top of each other, in events per second.
import { OTHERS } from './api.ts'
import type { Slots } from './slots.ts'

/** Seconds from the left to the right, and of a column. */
export interface Frame {
  readonly length: number
  readonly step: number
}

export interface Column {
  /** Its first second. */
  readonly start: number
  /** Events a second; undefined where it is not known. */
  readonly rate: number | undefined
  /** The same by colour; the last one is that of all others. */
  readonly parts: readonly number[]
}

export interface Shown {
  readonly field: string
  /** The value of each colour. */
  readonly values: readonly (string | undefined)[]
  readonly hidden: ReadonlySet<string>
}

/** All that are wholly or in part in the frame that ends at this second. */
export function columnsOf(slots: Slots, { length, step }: Frame, end: number, shown: Shown): Column[] {
  const first = Math.floor((end - length) / step) * step
  const columns: Column[] = []
  for (let start = first; start <= end; start += step) columns.push(columnOf(slots, start, step, shown))
  return columns
}

function columnOf(slots: Slots, start: number, step: number, { field, values, hidden }: Shown): Column {
  const parts = Array<number>(values.length + 1).fill(0)
  let known = 0
  for (let second = start; second < start + step; second++) {
    const slot = slots.at(second)
    if (!slot) continue
    known++
    let rest = slot.total
    const counts = slot.by.get(field)
    for (const [index, value] of values.entries()) {
      const count = value === undefined ? 0 : (counts?.get(value) ?? 0)
      rest -= count
      if (value !== undefined && !hidden.has(value)) parts[index]! += count
    }
    if (!hidden.has(OTHERS)) parts[values.length]! += Math.max(0, rest)
  }
  if (known === 0) return { start, rate: undefined, parts }
  // The present one is not over: it grows until it is.
  const seconds = slots.last < start + step ? step : known
  const rates = parts.map(count => count / seconds)
  return { start, rate: rates.reduce((sum, rate) => sum + rate, 0), parts: rates }
}

/** Where nothing is known, before, between and behind what is: seconds. */
export function gapsOf(columns: readonly Column[], step: number, end: number): [from: number, to: number][] {
  const gaps: [number, number][] = []
  let last: number | undefined
  for (const { start, rate } of columns) {
    if (rate === undefined) continue
    const before = last ?? columns[0]!.start
    if (start > before) gaps.push([before, start])
    last = start + step
  }
  // What was not told for longer than a message takes.
  if (last !== undefined && end > last + 1) gaps.push([last, end])
  return gaps
}

export interface Figures {
  average: number
  peak: number
}

/** Of the seconds from one to before the other; undefined where nothing is known of them. */
export function figuresOf(slots: Slots, from: number, end: number): Figures | undefined {
  let sum = 0
  let known = 0
  let peak = 0
  for (let second = from; second < end; second++) {
    const slot = slots.at(second)
    if (!slot) continue
    sum += slot.total
    known++
    peak = Math.max(peak, slot.total)
  }
  return known === 0 ? undefined : { average: sum / known, peak }
}

/** Seconds that a present rate is the average of: of one alone, nobody can read the numbers. */
const LATELY = 3

/** How much there is at present: the seconds before this one, as a column. */
export function lately(slots: Slots, end: number, shown: Omit<Shown, 'hidden'>): Column {
  const [start, hidden] = [end - LATELY, new Set<string>()]
  return columnOf(slots, start, LATELY, { ...shown, hidden })
}

/** The end of the axis: a round number that is not less. */
export function roundUp(most: number): number {
  if (most <= 1) return 1
  const size = 10 ** Math.floor(Math.log10(most))
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map(factor => factor * size).find(end => end >= most)!
}

/** Milliseconds that an axis stays longer than it would have to. */
const CALM = 4000

/** An axis that grows at once, and shrinks only after a while. */
export class CalmAxis {
  #end = 0
  #fits = 0

  update(most: number, now: number): number {
    const wanted = roundUp(most)
    if (wanted >= this.#end) {
      this.#end = wanted
      this.#fits = now
    } else if (wanted > this.#end * 0.7) this.#fits = now
    else if (now - this.#fits > CALM) this.#end = wanted
    return this.#end
  }
}
