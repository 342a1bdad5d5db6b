import { OTHERS, type Rate } from './counts.ts'

/** Different values in all seconds that are remembered. */
const MOST_NAMES = 10_000

/** The values that are in remembered seconds: there are not more of them than fit into memory, whatever comes. */
export class Names {
  readonly #uses = new Map<string, number>()

  /** The rate as it is remembered: values for which there is no room are with the others. */
  keep({ total, by }: Rate): Rate {
    const kept = Object.entries(by).map(([field, counts]) => [field, this.#keepValues(counts)])
    return { total, by: Object.fromEntries(kept) }
  }

  /** It is not remembered any more. */
  forget({ by }: Rate): void {
    for (const counts of Object.values(by))
      for (const name of Object.keys(counts)) {
        const left = (this.#uses.get(name) ?? 0) - 1
        if (left > 0) this.#uses.set(name, left)
        else this.#uses.delete(name)
      }
  }

  #keepValues(counts: { [value: string]: number }): { [value: string]: number } {
    const kept = new Map<string, number>()
    for (const [value, count] of Object.entries(counts)) {
      const name = this.#uses.has(value) || this.#uses.size < MOST_NAMES ? value : OTHERS
      if (!kept.has(name)) this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1)
      kept.set(name, (kept.get(name) ?? 0) + count)
    }
    return Object.fromEntries(kept)
  }
}
