import type { Names } from './names.ts'
import { keyOf, type Origin } from './origin.ts'
import type { Origins } from './origins.ts'
import { Siblings } from './siblings.ts'

/** So many milliseconds after it has lost its file, an origin may still be on its way into another one: it is compressed, say. */
const PATIENCE = 10_000

/** Milliseconds between the clock of a file server and ours. */
const CLOCKS_DIFFER = 30_000

/** Origins that have lost their files, and may go on in others beside them, which no glob may match. */
export class Orphans {
  readonly #origins: Origins
  readonly #names: Names
  /** Until when they are looked for, and what was looked at for them. */
  readonly #orphans = new Map<Origin, { until: number; seen: Set<string> }>()

  constructor(origins: Origins, names: Names) {
    this.#origins = origins
    this.#names = names
  }

  get isEmpty(): boolean {
    return this.#orphans.size === 0
  }

  add(origin: Origin, now: number): void {
    this.#orphans.set(origin, { until: now + PATIENCE, seen: new Set() })
  }

  look(now: number): void {
    if (this.isEmpty) return
    const siblings = new Siblings()
    for (const [origin, { until, seen }] of this.#orphans) {
      if (origin.file || origin.place.compressed === 'done' || now > until) {
        this.#orphans.delete(origin)
        if (!origin.file) this.#origins.markGone(origin, now)
      } else this.#adoptSiblings(origin, siblings, seen, now)
    }
  }

  #adoptSiblings(origin: Origin, siblings: Siblings, seen: Set<string>, now: number): void {
    for (const sibling of siblings.of(origin.place.path)) {
      // gzip keeps the time of what it compresses. The latest come first: what is older than what was read last cannot be it.
      if (Number(sibling.stat.mtimeMs) + CLOCKS_DIFFER < origin.readAt) break
      const key = `${keyOf(sibling.stat)} ${sibling.stat.size}`
      // What is known has its turn anyway.
      if (seen.has(key) || this.#names.isKnown(sibling.stat)) continue
      seen.add(key)
      this.#names.adopt(sibling, now)
    }
  }
}
