/** Two digits after the point. */
export function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** Of nothing, 0. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? round((100 * part) / whole) : 0
}

type Counters<C extends string> = { readonly [counter in C]: number }
export type Rate<C extends string> = { [counter in C]?: number }

/** How much counters go up. */
export class Rates<C extends string> {
  #before = new Map<string, Counters<C>>()
  #at = 0

  /**
   * By name of an interface or device, how much each of its counters has gone up in a second since the round before. One that went down is not
   * in it: it has begun anew, or has no more digits. Nor is any in the first round of its name: what was gone in between has begun
   * anew as well.
   * @param at milliseconds, on a clock that nobody sets
   */
  round(at: number, all: readonly (readonly [name: string, counters: Counters<C>])[]): Map<string, Rate<C>> {
    const seconds = (at - this.#at) / 1000
    const rates = new Map(
      all.map(([name, counters]) => [name, rateOf(this.#before.get(name), counters, seconds)]),
    )
    this.#before = new Map(all)
    this.#at = at
    return rates
  }
}

function rateOf<C extends string>(
  before: Counters<C> | undefined,
  now: Counters<C>,
  seconds: number,
): Rate<C> {
  const rate: Rate<C> = {}
  if (!before || seconds <= 0) return rate
  for (const counter in now) {
    const more = now[counter] - before[counter]
    if (more >= 0) rate[counter] = round(more / seconds)
  }
  return rate
}

/** Rates as fields of an event: `reads` becomes `reads_per_second`. */
export function perSecond<C extends string>(rate: Rate<C>): { [field in `${C}_per_second`]?: number } {
  const fields = Object.entries<number | undefined>(rate).map(([name, value]) => [
    `${name}_per_second`,
    value,
  ])
  return Object.fromEntries(fields)
}
