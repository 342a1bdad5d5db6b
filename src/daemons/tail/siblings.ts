import { type BigIntStats, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { keyOf } from './origin.ts'
import { familyOf } from './rotated-name.ts'
import type { TailedFile } from './tailed-file.ts'

export interface Sibling {
  path: string
  stat: BigIntStats
}

/** Finds files of the same family in the same folder. What is in a folder is read once: whoever needs to know anew makes another. */
export class Siblings {
  readonly #folders = new Map<string, Map<string, string[]>>()

  /** Those that were written last first. Empty where the folder cannot be read. */
  of(path: string): Sibling[] {
    return this.#pathsOf(path)
      .map(one => ({ path: one, stat: statOf(one) }))
      .filter((one): one is Sibling => one.stat !== undefined)
      .sort((a, b) => Number(b.stat.mtimeNs - a.stat.mtimeNs))
  }

  #pathsOf(path: string): readonly string[] {
    const folder = dirname(path)
    let families = this.#folders.get(folder)
    if (!families) {
      families = Map.groupBy(pathsIn(folder), familyOf)
      this.#folders.set(folder, families)
    }
    return families.get(familyOf(path)) ?? []
  }
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

/** Finds a file again that no glob matches and that was renamed meanwhile. False when it is not there any more. */
export function findAgain(file: TailedFile): boolean {
  if (file.names.size > 0 || file.foundAt === undefined) return false
  const found = new Siblings().of(file.foundAt).find(({ stat }) => keyOf(stat) === file.key)
  file.foundAt = found?.path
  return found !== undefined
}
