import { type BigIntStats, fstatSync, statSync } from 'node:fs'
import { type Context, codeOf } from '../../lib/index.ts'
import type { Hindrances } from './hindrances.ts'
import { isUnseen, keyOf, type Origin } from './origin.ts'
import type { Origins } from './origins.ts'
import type { Reading } from './reading.ts'
import { findAgain, type Sibling, type Siblings } from './siblings.ts'
import { join, TailedFile } from './tailed-file.ts'

/** Milliseconds after which a file that does not grow is looked at less often. */
const HOT = 10_000

export interface NamesOptions {
  context: Context<'files' | 'rotated'>
  origins: Origins
  reading: Reading
  siblings: Siblings
  hindrances: Hindrances
  /** Whether a file waits for its turn, or for something else, to be read. */
  isBusy(file: TailedFile): boolean
  /** Milliseconds for which a file that has lost its names has to be quiet before it is given up. */
  rotatedQuiet: number
}

/** What the names lead to that globs match, and the files that have lost their names. */
export class Names {
  readonly #options: NamesOptions
  readonly #names = new Map<string, TailedFile | undefined>()
  readonly #byKey = new Map<string, TailedFile>()
  readonly #nameless = new Set<TailedFile>()
  /** Names of files that have grown a short time ago. */
  readonly #hot = new Set<string>()

  constructor(options: NamesOptions) {
    this.#options = options
  }

  get hot(): ReadonlySet<string> {
    return this.#hot
  }

  get files(): Iterable<TailedFile> {
    return this.#byKey.values()
  }

  isKnown(stat: BigIntStats): boolean {
    return this.#byKey.has(keyOf(stat))
  }

  /** The names that are to be followed from now on. What new ones lead to is looked at at once. */
  follow(paths: readonly string[], now: number, fromEnd = false): void {
    const wanted = new Set(paths)
    for (const [path, file] of this.#names) {
      if (wanted.has(path)) continue
      if (file) this.#lose(path, file, now)
      this.#names.delete(path)
      this.#hot.delete(path)
    }
    const fresh = paths
      .filter(path => !this.#names.has(path))
      .map(path => ({ path, stat: this.#stat(path) || undefined }))
    // Rotated files come before the one that is being written, as far as their times tell.
    fresh.sort((a, b) => Number((a.stat?.mtimeNs ?? 0n) - (b.stat?.mtimeNs ?? 0n)))
    for (const { path, stat } of fresh) {
      this.#names.set(path, undefined)
      if (stat) this.#meet(path, stat, now, fromEnd)
    }
  }

  /** Looks where a name leads to, and whether the file has grown. */
  look(path: string, now: number): void {
    const stat = this.#stat(path)
    if (stat === null) return
    const file = this.#names.get(path)
    if (stat && file?.key === keyOf(stat)) {
      if (file.see(stat, now)) this.#stir(file)
      if (now - file.stirred > HOT) this.#hot.delete(path)
      return
    }
    if (file) this.#lose(path, file, now)
    if (stat) this.#meet(path, stat, now)
  }

  /** Looks at files that have lost their names: until they have been quiet for long, somebody may write to them. */
  lookNameless(now: number): void {
    for (const file of this.#nameless) {
      if (this.#sees(file, now)) this.#stir(file)
      else if (!this.#options.isBusy(file) && this.#isOver(file, now)) this.#giveUp(file, now)
    }
  }

  /** Follows a file to its end that no glob matches: it may be what a file was rotated to that does match. */
  adopt({ path, stat }: Sibling, now: number): void {
    const file = new TailedFile(stat, now)
    file.foundAt = path
    file.isRest = true
    this.#byKey.set(file.key, file)
    this.#nameless.add(file)
    this.#options.reading.add(file)
  }

  /** Of a regular file; undefined where there is none, null where that cannot be known for now. */
  #stat(path: string): BigIntStats | undefined | null {
    const { hindrances } = this.#options
    try {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
      if (!stat?.isFile()) return undefined
      hindrances.over('look', path)
      return stat
    } catch (error) {
      // A link that leads round in a circle.
      if (codeOf(error) === 'ELOOP') return undefined
      hindrances.tell('look', path, error)
      return null
    }
  }

  /** Whether a file without a name has changed. */
  #sees(file: TailedFile, now: number): boolean {
    const { hindrances, reading } = this.#options
    try {
      return file.open !== undefined && file.see(fstatSync(file.open.fd, { bigint: true }), now)
    } catch (error) {
      // Deleted on a file server: nobody has it any more (ESTALE).
      hindrances.tell('read', file.origin?.place.path ?? '', error)
      reading.drop(file)
      return false
    }
  }

  #meet(path: string, stat: BigIntStats, now: number, fromEnd = false): void {
    const key = keyOf(stat)
    const known = this.#byKey.get(key)
    if (known) {
      this.#nameless.delete(known)
      this.#name(path, known)
      known.isRest = false
      if (known.origin?.place.compressed !== 'done') this.#options.reading.add(known)
      this.look(path, now)
      return
    }
    const file = new TailedFile(stat, now)
    this.#byKey.set(key, file)
    this.#name(path, file)
    this.#options.context.count('files')
    const origin = this.#originOf(path, stat, fromEnd)
    if (origin) join(file, origin)
    const isRead = origin?.place.compressed === 'done' || file.size === (origin?.place.offset ?? 0)
    if (!isRead || (origin && isUnseen(origin.place))) this.#options.reading.add(file)
    this.#hot.add(path)
  }

  /** As far as it is clear without opening the file. */
  #originOf(path: string, stat: BigIntStats, fromEnd: boolean): Origin | undefined {
    const { origins } = this.#options
    const origin = origins.ofInode(stat)
    if (origin) origins.markFound(origin, stat)
    if (origin || stat.size === 0n) return origin
    return fromEnd ? origins.beginUnseen(path, stat) : undefined
  }

  #name(path: string, file: TailedFile): void {
    this.#names.set(path, file)
    file.names.add(path)
    file.missed = undefined
  }

  #stir(file: TailedFile): void {
    for (const name of file.names) this.#hot.add(name)
    this.#options.reading.add(file)
  }

  /** The name does not lead to the file any more. It was renamed or deleted, and its writer may not know that yet. */
  #lose(path: string, file: TailedFile, now: number): void {
    const { context, reading, siblings } = this.#options
    this.#names.set(path, undefined)
    file.names.delete(path)
    if (file.names.size > 0) return
    context.count('rotated')
    context.log.debug({ file: path }, `${path} leads to another file, or to none`)
    file.stirred = now
    this.#nameless.add(file)
    if (!file.open) {
      file.foundAt = path
      findAgain(file, siblings)
    }
    reading.add(file)
  }

  #isOver(file: TailedFile, now: number): boolean {
    const isStrange = file.isRest && file.origin === undefined
    return isStrange || now - file.stirred >= this.#options.rotatedQuiet
  }

  #giveUp(file: TailedFile, now: number): void {
    const { reading, origins, context } = this.#options
    reading.end(file, now)
    this.#nameless.delete(file)
    this.#byKey.delete(file.key)
    const { origin } = file
    if (!origin) return
    const left = file.size - origin.place.offset
    if (file.hasRest)
      context.log.warn(
        { file: origin.place.path, left },
        `${origin.place.path}: ${left} bytes were gone before they were read`,
      )
    origins.markGone(origin)
  }
}
