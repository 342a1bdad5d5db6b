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

/** Finds files of the same family in the same folder. */
export class Siblings {
  /** Paths in folders, by their families. */
  readonly #folders = new Map<string, Known<Map<string, string[]>>>()
  /** By the folder and name of a family. */
  readonly #families = new Map<string, Known<Family>>()

  /** Those that were written last first. Empty where the folder cannot be read. */
  of(path: string): readonly Sibling[] {
    return this.#familyOf(path).siblings
  }

  /** Where the file of this device and inode is now, which was at this path. */
  find(path: string, key: string): string | undefined {
    const found = this.#familyOf(path).byKey.get(key)
    const stat = found === undefined ? undefined : statOf(found)
    return stat && keyOf(stat) === key ? found : undefined
  }

  /** Forgets what may not be true any more. */
  tidy(): void {
    const now = performance.now()
    for (const known of [this.#folders, this.#families])
      for (const [key, { until }] of known) if (until < now) known.delete(key)
  }

  #familyOf(path: string): Family {
    const family = familyOf(path)
    return know(this.#families, family, () => {
      const folder = dirname(path)
      const families = know(this.#folders, folder, () => Map.groupBy(pathsIn(folder), familyOf))
      return new Family(families.get(family) ?? [])
    })
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
  until: number
}

function know<T>(known: Map<string, Known<T>>, key: string, findOut: () => T): T {
  const since = performance.now()
  const before = known.get(key)
  if (before && since < before.until) return before.value
  const value = findOut()
  const now = performance.now()
  known.set(key, { value, until: now + TRUE_FOR * (now - since) })
  return value
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

/** Finds a file again that no glob matches any more. False when it is not there any more, or the next look at its name finds it. */
export function findAgain(file: TailedFile, siblings: Siblings): boolean {
  const last = file.foundAt ?? file.origin?.place.path
  if (file.names.size > 0 || last === undefined) return false
  file.foundAt = siblings.find(last, file.key)
  return file.foundAt !== undefined
}
