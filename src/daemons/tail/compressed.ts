import { existsSync } from 'node:fs'
import { type Context, codeOf, type Feed, messageOf, unlessAborted } from '../../lib/index.ts'
import { CompressedLines, type LinesOptions } from './compressed-lines.ts'
import { recogniseText } from './compressed-origin.ts'
import { CompressedText, isDamage } from './compressed-text.ts'
import type { Hindrances } from './hindrances.ts'
import { Later } from './later.ts'
import { keyOf, type Origin } from './origin.ts'
import type { Origins } from './origins.ts'
import { PROOF } from './print.ts'
import { nameBefore } from './rotated-name.ts'
import { findAgain, type Siblings, statOf } from './siblings.ts'
import { join, type TailedFile } from './tailed-file.ts'

/** Milliseconds after which is looked again at what is still being written, or compressed; that is cheap. */
const SOON = 1_000
/** What the disk does not give is tried again. */
const RETRY_AFTER = 5_000

export interface CompressedOptions extends LinesOptions {
  context: Context
  origins: Origins
  siblings: Siblings
  hindrances: Hindrances
  feed: Pick<Feed, 'room' | 'signal'>
  now(): number
  /** Whether what is still to come has had its time, by the milliseconds for which the file has not grown. */
  isOver(quiet: number): boolean
  /** Nothing is tried again. */
  once: boolean
}

/** Reads compressed files, whole, one after the other, those that were written first first. */
export class Compressed {
  readonly #options: CompressedOptions
  readonly #files = new Set<TailedFile>()
  readonly #later = new Later<TailedFile>()
  /** Their sizes, and since when. */
  readonly #sizes = new WeakMap<TailedFile, { size: number; since: number }>()
  /** Those that have no end, and how long they were then. */
  readonly #broken = new WeakMap<TailedFile, number>()
  /** Those that are copies, and of what. */
  readonly #twins = new WeakMap<TailedFile, Origin>()
  /** Of which it is told that they wait for another file. */
  readonly #told = new WeakSet<TailedFile>()
  #current: TailedFile | undefined
  #working: Promise<void> | undefined

  constructor(options: CompressedOptions) {
    this.#options = options
  }

  get isWaiting(): boolean {
    return !this.#later.isEmpty
  }

  has(file: TailedFile): boolean {
    return this.#files.has(file) || this.#later.has(file) || this.#current === file
  }

  add(file: TailedFile): void {
    this.#files.add(file)
    this.#working ??= this.#work()
  }

  wake(now: number): void {
    for (const file of this.#later.due(now)) this.add(file)
  }

  /** Settles when nothing is read any more. */
  async rest(): Promise<void> {
    await this.#working
  }

  async #work(): Promise<void> {
    const { feed, now } = this.#options
    while (this.#files.size > 0 && !feed.signal.aborted) {
      // They come by their times, but not all at once.
      const [file] = this.#files
      this.#files.delete(file!)
      this.#current = file
      const again = await this.#readOne(file!)
      if (again !== undefined) this.#later.add(file!, now() + again)
    }
    this.#current = undefined
    this.#working = undefined
  }

  /** @returns after how many milliseconds to try again; undefined when it is done, or as long as it has this size */
  async #readOne(file: TailedFile): Promise<number | undefined> {
    const { feed, isOver, hindrances, once } = this.#options
    const { path } = file
    if (path === undefined) return this.#moved(file)
    // As it is now: it may grow while it is read.
    const size = Number(statOf(path)?.size ?? 0)
    const mayWait = !isOver(this.#quiet(file, size))
    try {
      const again = await this.#read(file, path, size, mayWait)
      hindrances.over('read', path)
      return again
    } catch (error) {
      if (feed.signal.aborted) return undefined
      if (codeOf(error) === 'ENOENT') return this.#moved(file)
      if (isDamage(error)) return this.#break(file, path, size, error, mayWait)
      hindrances.tell('read', path, error)
      return once || error instanceof NotRead ? undefined : RETRY_AFTER
    }
  }

  /** For how many milliseconds it has had this size. */
  #quiet(file: TailedFile, size: number): number {
    const now = this.#options.now()
    const before = this.#sizes.get(file)
    if (before?.size === size) return now - before.since
    this.#sizes.set(file, { size, since: now })
    return 0
  }

  /** It has no end, or none yet. */
  #break(file: TailedFile, path: string, size: number, error: unknown, mayWait: boolean): number | undefined {
    const { hindrances, origins } = this.#options
    this.#broken.set(file, size)
    if (mayWait) return SOON
    hindrances.give(
      path,
      `${path} cannot be read to its end, and is read on when it changes: ${messageOf(error)}`,
    )
    if (file.origin) origins.move(file.origin, { ...file.origin.place, brokenAt: size })
    return undefined
  }

  /** A new name that globs match is found by the next look at it. */
  #moved(file: TailedFile): number | undefined {
    if (file.names.size > 0) return SOON
    const wait = findAgain(file, this.#options.siblings)
    return wait === undefined ? undefined : Math.max(wait, SOON)
  }

  /** Whether there is more to come before it is read: its own end, or that of what it is a copy of. */
  #waits(file: TailedFile, path: string, size: number): boolean {
    const before = nameBefore(path)
    if (this.#broken.get(file) === size || this.#twins.get(file)?.file !== undefined) return true
    if (before === undefined || !existsSync(before)) return false
    if (!this.#told.has(file))
      this.#options.context.log.info({ file: path }, `${path} waits as long as ${before} is there as well`)
    this.#told.add(file)
    return true
  }

  async #read(file: TailedFile, path: string, size: number, mayWait: boolean): Promise<number | undefined> {
    if (file.origin?.place.brokenAt === size) return undefined
    if (mayWait && this.#waits(file, path, size)) return SOON
    const text = new CompressedText(path)
    try {
      // Its name leads to another file by now.
      if (keyOf(text.stat) !== file.key) return this.#moved(file)
      return await this.#readText(file, path, text, mayWait)
    } finally {
      text.close()
    }
  }

  async #readText(
    file: TailedFile,
    path: string,
    text: CompressedText,
    mayWait: boolean,
  ): Promise<number | undefined> {
    if (text.compression === undefined) return undefined
    if (text.compression === 'unknown')
      throw new NotRead('only gzip and zstd are read; --exclude it, or unpack it')
    const { origins, feed } = this.#options
    const head = await text.head(PROOF)
    const known = await recogniseText(file, path, text, head, origins, feed.signal)
    if (known?.twinOf && mayWait) {
      this.#twins.set(file, known.twinOf)
      return SOON
    }
    if (known?.damage && mayWait) throw known.damage
    if (known?.isRead || (file.isRest && !known?.origin)) return undefined
    const origin = known?.origin ?? origins.begin(path, text.stat, head)
    join(file, origin)
    origins.markFound(origin, text.stat)
    if (origin.place.compressed === 'done') return undefined
    origins.save()
    await this.#readFrom(origin, text, mayWait)
    return undefined
  }

  async #readFrom(origin: Origin, text: CompressedText, mayWait: boolean): Promise<void> {
    const { feed } = this.#options
    const lines = new CompressedLines(origin, this.#options)
    try {
      for await (const chunk of text.chunks()) {
        lines.push(chunk)
        const room = feed.room()
        if (room) await unlessAborted(room, feed.signal)
        if (feed.signal.aborted) return
      }
    } catch (error) {
      // It is given up as it is: a line without an end is a line.
      if (isDamage(error) && !mayWait) lines.end('begun')
      throw error
    }
    lines.end('done')
  }
}

/** Nothing that time would mend. */
class NotRead extends Error {}
