import type { Context } from '../../lib/index.ts'
import type { Names } from './names.ts'
import { keyOf, type Origin } from './origin.ts'
import type { Origins } from './origins.ts'
import type { Siblings } from './siblings.ts'

/** So many milliseconds after it has lost its file, an origin may still be on its way into another one: it is compressed, say. */
const PATIENCE = 10_000

/** Milliseconds between the clock of a file server and ours. */
const CLOCKS_DIFFER = 30_000

export interface OrphansOptions {
  context: Pick<Context, 'log'>
  origins: Origins
  names: Names
  siblings: Siblings
  /** Whether --file and --exclude would have this path read. */
  isWanted(path: string): boolean
}

/** Origins that have lost their files, and may go on in others beside them, which no glob may match. */
export class Orphans {
  readonly #options: OrphansOptions
  /** Until when they are looked for, and what was looked at for them. */
  readonly #orphans = new Map<Origin, { until: number; seen: Set<string> }>()
  /** Those that had lost their files before the daemon was started: nobody has told that yet. */
  readonly #missed = new Set<Origin>()

  constructor(options: OrphansOptions) {
    this.#options = options
  }

  get isEmpty(): boolean {
    return this.#orphans.size === 0
  }

  add(origin: Origin, now: number): void {
    this.#orphans.set(origin, { until: now + PATIENCE, seen: new Set() })
  }

  /** Looks for those whose files were rotated, or deleted, while nobody looked. */
  addMissed(now: number): void {
    const { origins, isWanted, context } = this.#options
    const lost = [...origins.all].filter(({ file, place }) => !file && place.gone === undefined)
    const unwanted = lost.filter(({ place }) => !isWanted(place.path))
    for (const origin of unwanted) origins.markGone(origin)
    for (const origin of lost) {
      if (origin.place.gone !== undefined) continue
      this.add(origin, now)
      this.#missed.add(origin)
    }
    if (unwanted.length > 0)
      context.log.info(
        { files: unwanted.length },
        `${unwanted[0]!.place.path}${more(unwanted.length)}: read before, and named by no --file any more; left alone`,
      )
  }

  look(now: number): void {
    if (this.isEmpty) return
    const given: Origin[] = []
    for (const [origin, { until, seen }] of this.#orphans) {
      if (origin.file || origin.place.compressed === 'done' || now > until) {
        this.#orphans.delete(origin)
        if (!origin.file) this.#options.origins.markGone(origin)
        if (this.#missed.delete(origin) && now > until && !origin.file) given.push(origin)
      } else this.#adoptSiblings(origin, seen, now)
    }
    if (given.length > 0) this.#tell(given)
  }

  #adoptSiblings(origin: Origin, seen: Set<string>, now: number): void {
    const { names, siblings } = this.#options
    for (const sibling of siblings.of(origin.place.path)) {
      // gzip keeps the time of what it compresses. The latest come first: what is older than what was read last cannot be it.
      if (Number(sibling.stat.mtimeMs) + CLOCKS_DIFFER < origin.readAt) break
      const key = `${keyOf(sibling.stat)} ${sibling.stat.size}`
      // What is known has its turn anyway.
      if (seen.has(key) || names.isKnown(sibling.stat)) continue
      seen.add(key)
      names.adopt(sibling, now)
    }
  }

  #tell([first, ...others]: Origin[]): void {
    const { path, offset } = first!.place
    this.#options.context.log.warn(
      { file: path, offset, files: others.length + 1 },
      `deleted, or moved to another folder, while nobody looked: ${path}, read up to byte ${offset}${more(others.length + 1)}; what came after that is not read`,
    )
  }
}

function more(files: number): string {
  return files > 1 ? `, and ${files - 1} others` : ''
}
