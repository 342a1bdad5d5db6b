import { type Dirent, lstatSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { codeOf, messageOf } from '../../lib/index.ts'
import { ANY_DEPTH, createExclude, isMatch, type Segment, segmentsOf, VISIBLE } from './glob.ts'
import type { Hindrances } from './hindrances.ts'

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
  hindrances: Hindrances
}

/** Finds the paths that globs match, again and again: folders are only read when they have changed. */
export class Paths {
  readonly #options: PathsOptions
  readonly #globs: readonly (readonly Segment[])[]
  readonly #excluded: (path: string) => boolean
  /** Folders that were looked into, when they had changed last; undefined of those that have to be read again. */
  #folders = new Map<string, bigint | undefined>()
  #found: ReadonlySet<string> = new Set()
  #readAt = Number.NEGATIVE_INFINITY

  constructor(options: PathsOptions) {
    this.#options = options
    this.#globs = options.globs.map(glob => segmentsOf(resolve(glob)))
    this.#excluded = createExclude(options.exclude)
  }

  /** All paths that match, in an order that stays the same; undefined when nothing has changed since the last call. */
  find(now = performance.now()): string[] | undefined {
    if (now - this.#readAt < LOOK_ANYWAY && this.#areUnchanged()) return undefined
    this.#readAt = now
    this.#folders = new Map()
    const found = new Set<string>()
    for (const segments of this.#globs) this.#walk('/', segments, 0, found)
    this.#found = found
    return [...found]
  }

  /** Whether the globs lead to this path, if there is something. */
  isWanted(path: string): boolean {
    return !this.#excluded(path) && this.#globs.some(segments => isMatch(segments, path))
  }

  /** Says which of those that are no globs lead to no file. */
  tellMissing(): void {
    for (const segments of this.#globs) {
      if (!segments.every(segment => typeof segment === 'string')) continue
      const path = join('/', ...segments)
      const why = whyNoFile(path)
      if (why !== undefined) this.#options.hindrances.tell('look', path, why)
    }
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
      this.#walk(folder, [ANY_DEPTH, VISIBLE], 0, found)
      return
    }
    const entries = this.#read(folder, found)
    if (segment === ANY_DEPTH) this.#walk(folder, segments, n + 1, found)
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (segment === ANY_DEPTH) {
        if (entry.isDirectory() && !entry.name.startsWith('.') && this.#isText(path))
          this.#walk(path, segments, n, found)
      } else if (segment.test(entry.name) && this.#isText(path)) {
        if (!isLast && mayBeFolder(entry)) this.#walk(path, segments, n + 1, found)
        if (isLast && !entry.isDirectory()) this.#add(path, found)
      }
    }
  }

  /** A name whose bytes are no UTF-8 cannot be a path here. */
  #isText(path: string): boolean {
    if (!path.includes(REPLACEMENT) || isThere(path)) return true
    this.#options.hindrances.tell('list', path, 'its name is not UTF-8')
    return false
  }

  #add(path: string, found: Set<string>): void {
    if (!this.#excluded(path)) found.add(path)
  }

  #read(folder: string, found: Set<string>): Dirent[] {
    const changed = changeOf(folder)
    this.#folders.set(folder, changed)
    if (changed === ABSENT) return []
    const { hindrances } = this.#options
    try {
      const entries = readdirSync(folder, { withFileTypes: true })
      hindrances.over('list', folder)
      return entries
    } catch (error) {
      const code = codeOf(error)
      // What a link leads to may be a file, and what was a folder may have gone meanwhile.
      if (code === 'ENOTDIR' || code === 'ENOENT') return []
      hindrances.tell('list', folder, error)
      // What no change of the folder would mend may be mended the next time: its files are followed as before.
      if (code !== 'EACCES') this.#keep(folder, found)
      return []
    }
  }

  #keep(folder: string, found: Set<string>): void {
    this.#folders.set(folder, undefined)
    for (const path of this.#found) if (path.startsWith(`${folder}/`)) found.add(path)
  }
}

const ABSENT = -1n
/** What stands for bytes that are no UTF-8. */
const REPLACEMENT = '\ufffd'

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

/** What stands for other bytes may make it longer than a name can be (ENAMETOOLONG). */
function isThere(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

function mayBeFolder(entry: Dirent): boolean {
  return entry.isDirectory() || entry.isSymbolicLink()
}

/** Undefined of what is a file. */
function whyNoFile(path: string): string | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat) return 'there is no such file'
    if (stat.isDirectory()) return `it is a folder; for the files in it, write --file '${path}/*'`
    return stat.isFile() ? undefined : 'it is no regular file'
  } catch (error) {
    return codeOf(error) === 'ELOOP' ? messageOf(error) : undefined
  }
}
