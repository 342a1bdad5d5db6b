// The highest rate at which a try succeeds, by bisection.

export interface Try {
  /** The rate that there really was, which is less than what was asked when the generator can do no more. */
  offered: number
  lost: number
}

/** Neighbouring rates that are tried differ by at most this factor in the end. */
export const PRECISION = 1.05
const LEAST = 10_000
const MOST = 640_000
const GENERATOR = 0.95

/**
 * A rate counts as too high, or as more than the generator can, when two tries in turn say so: what else the machine
 * does must not decide.
 * @returns the highest rate without loss, 0 when there is none, and whether the generator was at its end there
 */
export async function highest(
  attempt: (rate: number) => Promise<Try>,
): Promise<{ rate: number; limited: boolean }> {
  let [low, high, found] = [LEAST, MOST, 0]
  while (high / low > PRECISION) {
    const rate = Math.sqrt(low * high)
    const slow = ({ offered }: Try) => offered < GENERATOR * rate
    let result = await attempt(rate)
    if (result.lost > 0 || slow(result)) result = await attempt(rate)
    if (result.lost > 0) {
      high = rate
      continue
    }
    found = Math.max(found, result.offered)
    if (slow(result)) return { rate: found, limited: true }
    low = rate
  }
  return { rate: found, limited: false }
}
