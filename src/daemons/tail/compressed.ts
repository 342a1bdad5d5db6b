import { existsSync } from 'node:fs'
import { type Context, codeOf, type Feed, messageOf, unlessAborted } from '../../lib/index.ts'
import { LineFraming } from '../../lib/text/line-framing.ts'
import type { TextRecords } from '../../lib/text/oversize.ts'
import { compressionAt, headOfText, isReadUpToIn, textIn } from './compressed-text.ts'
import type { Compression } from './compression.ts'
import { Later } from './later.ts'
import { createLeadIn } from './lead-in.ts'
import type { Take } from './open-file.ts'
import type { Origin } from './origin.ts'
import { isHeadOf, type Origins } from './origins.ts'
import { PROOF, printOf } from './print.ts'
import { nameBefore } from './rotated-name.ts'
import { statOf } from './siblings.ts'
import { join, type TailedFile } from './tailed-file.ts'

/** Milliseconds after which is looked again at what is still being written, or compressed; that is cheap. */
const SOON = 1_000
/** Likewise at what is a copy of what is still being read: to find that out, it was read. */
const LATER = 10_000
/** What has no end, and has not grown for so many milliseconds, gets none any more. */
const GROWS_WITHIN = 30_000

export interface CompressedOptions {
  context: Context<'unreadable'>
  origins: Origins
  feed: Pick<Feed, 'room' | 'signal'>
  createTexts(origin: Origin, id: () => string): TextRecords
  take: Take
}

/** Reads compressed files, whole, one after the other, those that were written first first. */
export class Compressed {
  readonly #options: CompressedOptions
  readonly #files = new Set<TailedFile>()
  readonly #later = new Later<TailedFile>()
  /** Those that had no end: their sizes, and since when. */
  readonly #broken = new WeakMap<TailedFile, { size: number; since: number }>()
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
    return this.#files.has(file) || this.#later.has(file)
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
      await this.#readOne(file!)
    }
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

  /** Whether it had no end, and may still get it. */
  #mayGrow(file: TailedFile, path: string): boolean {
    const broken = this.#broken.get(file)
    return broken !== undefined && broken.size === sizeOf(path) && Date.now() - broken.since < GROWS_WITHIN
  }

  /** @returns after how many milliseconds to try again; undefined when it is done */
  async #read(file: TailedFile, path: string): Promise<number | undefined> {
    const before = nameBefore(path)
    if (this.#mayGrow(file, path) || (before !== undefined && existsSync(before))) return SOON
    const compression = compressionAt(path)
    const stat = statOf(path)
    if (!compression || !stat) return undefined
    if (compression === 'unknown')
      throw new NotRead('only gzip and zstd are read; --exclude it, or unpack it')
    const head = await headOfText(path, compression)
    const known = await this.#originOf(file, path, compression, head)
    if (known === 'twin') return LATER
    if (file.isRest && known === undefined) return undefined
    const { origins } = this.#options
    const origin = known ?? origins.begin(path, stat, head)
    join(file, origin)
    origins.markFound(origin, stat)
    if (origin.place.compressed === 'done') return undefined
    origins.save()
    await this.#readFrom(origin, path, compression)
    return undefined
  }

  /** Of whose text it is a copy. */
  async #originOf(
    file: TailedFile,
    path: string,
    compression: Compression,
    head: Buffer,
  ): Promise<Origin | 'twin' | undefined> {
    const { origin } = file
    if (origin) {
      if (isHeadOf(origin.place, head) && (await isReadUpToIn(path, compression, origin.place))) return origin
      file.origin = undefined
      origin.file = undefined
    }
    for (const one of this.#options.origins.likely(path, head)) {
      if (!(await isReadUpToIn(path, compression, one.place))) continue
      // What it was is read to its end by another name, or by a descriptor.
      return one.file && one.file !== file ? 'twin' : one
    }
    return undefined
  }

  async #readFrom(origin: Origin, path: string, compression: Compression): Promise<void> {
    const { feed } = this.#options
    const text = new CompressedText(origin, this.#options)
    for await (const chunk of textIn(path, compression)) {
      text.push(chunk)
      const room = feed.room()
      if (room) await unlessAborted(room, feed.signal)
      if (feed.signal.aborted) return
    }
    text.end()
  }
}

/** Nothing that time would mend. */
class NotRead extends Error {}

function sizeOf(path: string): number {
  return Number(statOf(path)?.size ?? 0)
}

/** Lines of a text that comes from its beginning, of which some were read before. */
class CompressedText {
  readonly #origin: Origin
  readonly #texts: TextRecords
  readonly #lines: LineFraming
  readonly #take: Take
  /** Bytes that were read before and have not come yet. */
  #skip: number
  /** Where in the text the next byte is that is read. */
  #came: number
  /** The last bytes before what comes next. */
  #last = Buffer.alloc(0)
  #head = Buffer.alloc(0)

  constructor(origin: Origin, { createTexts, take }: Pick<CompressedOptions, 'createTexts' | 'take'>) {
    this.#origin = origin
    this.#take = take
    this.#skip = origin.place.offset
    this.#came = origin.place.offset
    const line = createLeadIn(
      (...piece) => this.#texts.piece(...piece),
      () => this.#lines.begin === 0,
    )
    this.#texts = createTexts(origin, () => origin.id(this.#lines.begin + line.skipped))
    this.#lines = new LineFraming(this.#texts.most, line.take, origin.place.offset)
  }

  push(chunk: Buffer): void {
    if (this.#head.length < PROOF)
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, PROOF - this.#head.length)])
    const skipped = Math.min(this.#skip, chunk.length)
    this.#skip -= skipped
    const known = this.#last.length
    const text = Buffer.concat([this.#last, chunk])
    this.#last = text.subarray(Math.max(0, text.length - PROOF))
    if (skipped === chunk.length) return
    this.#texts.received = Date.now()
    this.#lines.push(chunk.subarray(skipped))
    this.#came += chunk.length - skipped
    const end = text.length - (this.#came - this.#lines.begin)
    // A line that goes on since before this chunk has the place that it had.
    if (end > known) this.#give(text, end)
    else this.#take(this.#origin, this.#texts.take(), this.#origin.place)
  }

  end(): void {
    this.#texts.received = Date.now()
    this.#lines.end()
    this.#give(this.#last, this.#last.length, 'done')
  }

  #give(text: Buffer, end: number, compressed: 'begun' | 'done' = 'begun'): void {
    const place = {
      ...this.#origin.place,
      offset: this.#lines.begin,
      head: printOf(this.#head, 0, Math.min(this.#head.length, this.#lines.begin)),
      tail: printOf(text, Math.max(0, end - PROOF), end),
      compressed,
    }
    this.#take(this.#origin, this.#texts.take(), place)
  }
}
