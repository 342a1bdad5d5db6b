import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { codeOf } from '../../lib/index.ts'
import { ANY_DEPTH, createExclude, type Segment, segmentsOf } from './glob.ts'

/**
 * Nanoseconds for which a folder that has just changed may change again without a sign of it: some file systems know no finer time
 * than a second or two.
 */
const TIMES_ARE_COARSE = 2_000_000_000n

/** Not every file system tells by the time of a folder that something in it has changed. */
const LOOK_ANYWAY = 60_000

export interface PathsOptions {
  globs: readonly string[]
  exclude: readonly string[]
  /** A folder that cannot be read. */
  unreadable(path: string, error: unknown): void
}

/** Finds the paths that globs match, again and again: folders are only read when they have changed. */
export class Paths {
  readonly #options: PathsOptions
  readonly #globs: readonly (readonly Segment[])[]
  readonly #excluded: (path: string) => boolean
  /** Folders that were looked into, when they had changed last; undefined of those that have to be read again. */
  #folders = new Map<string, bigint | undefined>()
  #readAt = Number.NEGATIVE_INFINITY

  constructor(options: PathsOptions) {
    this.#options = options
    this.#globs = options.globs.map(glob => segmentsOf(resolve(glob)))
    this.#excluded = createExclude(options.exclude)
  }

  /** All paths that match, in an order that stays the same; undefined when nothing has changed since the last call. */
  find(now = Date.now()): string[] | undefined {
    if (Math.abs(now - this.#readAt) < LOOK_ANYWAY && this.#areUnchanged()) return undefined
    this.#readAt = now
    this.#folders = new Map()
    const found = new Set<string>()
    for (const segments of this.#globs) this.#walk('/', segments, 0, found)
    return [...found]
  }

  #areUnchanged(): boolean {
    for (const [folder, changed] of this.#folders) {
      if (changed === undefined || changeOf(folder) !== changed) return false
    }
    return true
  }

  #walk(folder: string, segments: readonly Segment[], n: number, found: Set<string>): void {
    const segment = segments[n]
    if (segment === undefined) return
    const isLast = n === segments.length - 1
    if (typeof segment === 'string') {
      const path = join(folder, segment)
      if (isLast) this.#add(path, found)
      else this.#walk(path, segments, n + 1, found)
      return
    }
    if (segment === ANY_DEPTH && isLast) {
      this.#walk(folder, [ANY_DEPTH, /^[^.]/], 0, found)
      return
    }
    const entries = this.#read(folder)
    if (segment === ANY_DEPTH) this.#walk(folder, segments, n + 1, found)
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (segment === ANY_DEPTH) {
        if (entry.isDirectory() && !entry.name.startsWith('.')) this.#walk(path, segments, n, found)
      } else if (segment.test(entry.name)) {
        if (!isLast && mayBeFolder(entry)) this.#walk(path, segments, n + 1, found)
        if (isLast && !entry.isDirectory()) this.#add(path, found)
      }
    }
  }

  #add(path: string, found: Set<string>): void {
    if (!this.#excluded(path)) found.add(path)
  }

  #read(folder: string): Dirent[] {
    const changed = changeOf(folder)
    this.#folders.set(folder, changed)
    if (changed === ABSENT) return []
    try {
      return readdirSync(folder, { withFileTypes: true })
    } catch (error) {
      // What a link leads to may be a file, and what was a folder may have gone meanwhile.
      if (codeOf(error) !== 'ENOTDIR' && codeOf(error) !== 'ENOENT') this.#options.unreadable(folder, error)
      return []
    }
  }
}

const ABSENT = -1n

/**
 * When a folder changed last, its permissions included: ABSENT where it is not there; undefined where that cannot be known, or
 * is so short a time ago that it may change again unseen.
 */
function changeOf(folder: string): bigint | undefined {
  try {
    const stat = statSync(folder, { bigint: true, throwIfNoEntry: false })
    if (!stat) return ABSENT
    const age = BigInt(Date.now()) * 1_000_000n - stat.ctimeNs
    return age > TIMES_ARE_COARSE ? stat.ctimeNs : undefined
  } catch {
    return undefined
  }
}

function mayBeFolder(entry: Dirent): boolean {
  return entry.isDirectory() || entry.isSymbolicLink()
}
