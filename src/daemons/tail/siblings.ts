import { type BigIntStats, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { keyOf } from './origin.ts'
import { familyOf } from './rotated-name.ts'
import type { TailedFile } from './tailed-file.ts'

export interface Sibling {
  path: string
  stat: BigIntStats
}

/** So many times as long as it took to find something out, it is taken for true: a tenth of the time goes into it at most. */
const TRUE_FOR = 10

/** Where a file is now. */
interface Found {
  path?: string
  /** Not found; but what is known is of before it was missed: it may be found after so many milliseconds. */
  again?: number
}

/** Finds files of the same family in the same folder. */
export class Siblings {
  readonly #now: () => number
  /** Paths in folders, by their families. */
  readonly #folders = new Map<string, Known<Map<string, string[]>>>()
  /** By the folder and name of a family. */
  readonly #families = new Map<string, Known<Family>>()

  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /** Those that were written last first. Empty where the folder cannot be read. */
  of(path: string): readonly Sibling[] {
    return this.#familyOf(path).value.siblings
  }

  /** Finds the file of this device and inode, which was at this path and has been missed since a time. */
  find(path: string, key: string, missed = this.#now()): Found {
    const { value, since, until } = this.#familyOf(path)
    const found = value.byKey.get(key)
    const stat = found === undefined ? undefined : statOf(found)
    if (stat && keyOf(stat) === key) return { path: found! }
    return since < missed ? { again: Math.max(1, until - this.#now()) } : {}
  }

  /** Forgets what may not be true any more. */
  tidy(): void {
    const now = this.#now()
    for (const known of [this.#folders, this.#families])
      for (const [key, { until }] of known) if (until < now) known.delete(key)
  }

  #familyOf(path: string): Known<Family> {
    const family = familyOf(path)
    return this.#know(this.#families, family, () => {
      const folder = dirname(path)
      const { value, since } = this.#know(this.#folders, folder, () => ({
        value: Map.groupBy(pathsIn(folder), familyOf),
      }))
      return { value: new Family(value.get(family) ?? []), since }
    })
  }

  #know<T>(all: Map<string, Known<T>>, key: string, findOut: () => { value: T; since?: number }): Known<T> {
    const begun = this.#now()
    const before = all.get(key)
    if (before && begun < before.until) return before
    const { value, since = begun } = findOut()
    const now = this.#now()
    const known = { value, since, until: now + TRUE_FOR * (now - begun) }
    all.set(key, known)
    return known
  }
}

class Family {
  readonly siblings: readonly Sibling[]
  readonly byKey: ReadonlyMap<string, string>

  constructor(paths: readonly string[]) {
    this.siblings = paths
      .map(path => ({ path, stat: statOf(path) }))
      .filter((one): one is Sibling => one.stat !== undefined)
      .sort((a, b) => Number(b.stat.mtimeNs - a.stat.mtimeNs))
    this.byKey = new Map(this.siblings.map(({ path, stat }) => [keyOf(stat), path]))
  }
}

interface Known<T> {
  value: T
  /** Since when it may not be true any more, and until when it is taken for true. */
  since: number
  until: number
}

function pathsIn(folder: string): string[] {
  try {
    return readdirSync(folder).map(name => join(folder, name))
  } catch {
    return []
  }
}

/** Of a regular file; undefined where there is none, or nobody may look. */
export function statOf(path: string): BigIntStats | undefined {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
    return stat?.isFile() ? stat : undefined
  } catch {
    return undefined
  }
}

/**
 * Finds a file again that no glob matches any more. Returns 0 when it is found, else the milliseconds after which to look again;
 * undefined when it is not there any more, or the next look at its name finds it.
 */
export function findAgain(file: TailedFile, siblings: Siblings): number | undefined {
  const last = file.missed?.at ?? file.foundAt ?? file.origin?.place.path
  if (file.names.size > 0 || last === undefined) return undefined
  const missed = file.missed ?? { at: last, since: performance.now() }
  const { path, again } = siblings.find(last, file.key, missed.since)
  file.foundAt = path
  file.missed = again === undefined ? undefined : missed
  return path === undefined ? again : 0
}
