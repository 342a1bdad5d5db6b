import { existsSync } from 'node:fs'
import { type Context, codeOf, type Feed, messageOf, unlessAborted } from '../../lib/index.ts'
import { CompressedLines, type LinesOptions } from './compressed-lines.ts'
import { CompressedText } from './compressed-text.ts'
import { Later } from './later.ts'
import { keyOf, type Origin } from './origin.ts'
import { isHeadOf, type Origins } from './origins.ts'
import { PROOF } from './print.ts'
import { nameBefore } from './rotated-name.ts'
import { findAgain, statOf } from './siblings.ts'
import { join, type TailedFile } from './tailed-file.ts'

/** Milliseconds after which is looked again at what is still being written, or compressed; that is cheap. */
const SOON = 1_000
/** What has no end, and has not grown for so many milliseconds, gets none any more. */
const GROWS_WITHIN = 30_000

export interface CompressedOptions extends LinesOptions {
  context: Context<'unreadable'>
  origins: Origins
  feed: Pick<Feed, 'room' | 'signal'>
}

/** Reads compressed files, whole, one after the other, those that were written first first. */
export class Compressed {
  readonly #options: CompressedOptions
  readonly #files = new Set<TailedFile>()
  readonly #later = new Later<TailedFile>()
  /** Those that had no end: their sizes, and since when. */
  readonly #broken = new WeakMap<TailedFile, { size: number; since: number }>()
  /** Those that are copies, and of what. */
  readonly #twins = new WeakMap<TailedFile, Origin>()
  #current: TailedFile | undefined
  #working: Promise<void> | undefined

  constructor(options: CompressedOptions) {
    this.#options = options
  }

  get isBusy(): boolean {
    return this.#working !== undefined
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
    const { signal } = this.#options.feed
    while (this.#files.size > 0 && !signal.aborted) {
      // They come by their times, but not all at once.
      const [file] = this.#files
      this.#files.delete(file!)
      this.#current = file
      await this.#readOne(file!)
    }
    this.#current = undefined
    this.#working = undefined
  }

  async #readOne(file: TailedFile): Promise<void> {
    const { path } = file
    if (path === undefined) return
    // As it is now: it may grow while it is read.
    const size = sizeOf(path)
    try {
      const again = await this.#read(file, path)
      if (again !== undefined) this.#later.add(file, Date.now() + again)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') this.#fail(file, path, size, error)
      else if (this.#moved(file) !== undefined) this.#later.add(file, Date.now() + SOON)
    }
  }

  #fail(file: TailedFile, path: string, size: number, error: unknown): void {
    const { context, origins } = this.#options
    const before = this.#broken.get(file)
    if (!(error instanceof NotRead) && before?.size !== size) {
      this.#broken.set(file, { size, since: Date.now() })
      this.#later.add(file, Date.now() + SOON)
      return
    }
    context.count('unreadable')
    context.log.warn({ file: path }, `${path} cannot be read to its end: ${messageOf(error)}`)
    if (file.origin) origins.move(file.origin, { ...file.origin.place, compressed: 'done' })
  }

  /** A new name that globs match is found by the next look at it. */
  #moved(file: TailedFile): number | undefined {
    return file.names.size > 0 || findAgain(file) ? SOON : undefined
  }

  /** Whether what it is a copy of is still read to its end, under another name or without one. */
  #isTwin(file: TailedFile): boolean {
    return this.#twins.get(file)?.file !== undefined
  }

  /** Whether it had no end, and may still get it. */
  #mayGrow(file: TailedFile, path: string): boolean {
    const broken = this.#broken.get(file)
    return broken !== undefined && broken.size === sizeOf(path) && Date.now() - broken.since < GROWS_WITHIN
  }

  /** @returns after how many milliseconds to try again; undefined when it is done */
  async #read(file: TailedFile, path: string): Promise<number | undefined> {
    const before = nameBefore(path)
    if (this.#mayGrow(file, path) || this.#isTwin(file) || (before !== undefined && existsSync(before)))
      return SOON
    const text = new CompressedText(path)
    try {
      // Its name leads to another file by now.
      if (keyOf(text.stat) !== file.key) return this.#moved(file)
      return await this.#readText(file, path, text)
    } finally {
      text.close()
    }
  }

  async #readText(file: TailedFile, path: string, text: CompressedText): Promise<number | undefined> {
    if (text.compression === undefined) return undefined
    if (text.compression === 'unknown')
      throw new NotRead('only gzip and zstd are read; --exclude it, or unpack it')
    const head = await text.slice(0, PROOF)
    const known = await this.#originOf(file, path, text, head)
    if (known === 'twin') return SOON
    if (file.isRest && known === undefined) return undefined
    const { origins } = this.#options
    const origin = known ?? origins.begin(path, text.stat, head)
    join(file, origin)
    origins.markFound(origin, text.stat)
    if (origin.place.compressed === 'done') return undefined
    origins.save()
    await this.#readFrom(origin, text)
    return undefined
  }

  /** Of whose text it is a copy. */
  async #originOf(
    file: TailedFile,
    path: string,
    text: CompressedText,
    head: Buffer,
  ): Promise<Origin | 'twin' | undefined> {
    const { origin } = file
    if (origin) {
      if (isHeadOf(origin.place, head) && (await text.isReadUpTo(origin.place))) return origin
      file.origin = undefined
      origin.file = undefined
    }
    for (const one of this.#options.origins.likely(path, head)) {
      const isShorter = await text.isShorterCopyOf(one)
      if (!isShorter && !(await text.isReadUpTo(one.place))) continue
      // What it was is read to its end by another name, or by a descriptor.
      if (one.file) {
        this.#twins.set(file, one)
        return 'twin'
      }
      if (isShorter) this.#options.origins.move(one, { ...one.place, compressed: 'done' })
      return one
    }
    return undefined
  }

  async #readFrom(origin: Origin, text: CompressedText): Promise<void> {
    const { feed } = this.#options
    const lines = new CompressedLines(origin, this.#options)
    for await (const chunk of text.chunks()) {
      lines.push(chunk)
      const room = feed.room()
      if (room) await unlessAborted(room, feed.signal)
      if (feed.signal.aborted) return
    }
    lines.end()
  }
}

/** Nothing that time would mend. */
class NotRead extends Error {}

function sizeOf(path: string): number {
  return Number(statOf(path)?.size ?? 0)
}
