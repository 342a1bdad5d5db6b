import type { Logger } from 'pino'
import { matcher } from '../../lib/wildcards.ts'

/** What the user has chosen of something by patterns, of which some may match nothing, now or ever. */
export class Chosen {
  readonly #option: string
  readonly #log: Logger
  readonly #patterns: readonly { pattern: string; matches(name: string): boolean }[]
  /** Patterns that matched nothing when there was the last look. */
  readonly #missing = new Set<string>()

  constructor(option: string, patterns: readonly string[], log: Logger) {
    this.#option = option
    this.#log = log
    this.#patterns = [...new Set(patterns)].map(pattern => ({ pattern, matches: matcher([pattern]) }))
  }

  /** Those that are chosen of all there are. Tells of a pattern that matches nothing, and again when that changes. */
  of<T>(all: readonly T[], nameOf: (one: T) => string): T[] {
    for (const { pattern, matches } of this.#patterns)
      this.#note(
        pattern,
        all.some(one => matches(nameOf(one))),
      )
    return all.filter(one => this.#patterns.some(({ matches }) => matches(nameOf(one))))
  }

  #note(pattern: string, isThere: boolean): void {
    if (isThere !== this.#missing.has(pattern)) return
    const what = `${this.#option} ${pattern}`
    if (isThere) {
      this.#missing.delete(pattern)
      this.#log.info(`${what}: it is there now`)
    } else {
      this.#missing.add(pattern)
      this.#log.warn(`${what}: nothing of that name is there; it is measured as soon as it is`)
    }
  }
}
