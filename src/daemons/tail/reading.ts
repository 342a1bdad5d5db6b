import { type BigIntStats, closeSync, constants, fstatSync, openSync } from 'node:fs'
import { type Context, codeOf, messageOf } from '../../lib/index.ts'
import { compressionOf } from './compression.ts'
import type { Descriptors } from './descriptors.ts'
import { Later } from './later.ts'
import type { OpenFile, Outcome } from './open-file.ts'
import { keyOf, type Origin } from './origin.ts'
import { isHeadOf, isReadUpTo, type Origins, type ReadText } from './origins.ts'
import { PROOF } from './print.ts'
import { readTextOf } from './read-text.ts'
import { findAgain } from './siblings.ts'
import { join, type TailedFile } from './tailed-file.ts'

/** Not through a pipe that somebody has put there meanwhile, which would wait for its writer. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK

/** What cannot be opened is tried again after so many milliseconds. */
const RETRY_AFTER = 5_000
/** What may be a copy is looked at again. */
const TWIN_AGAIN = 500

export interface ReadingOptions {
  context: Context<'unreadable' | 'truncated'>
  origins: Origins
  descriptors: Descriptors
  /** Makes what reads a file on from the place of its origin. */
  open(fd: number, origin: Origin): OpenFile
  /** Takes over a file that is compressed. */
  compressed(file: TailedFile): void
  /** Told of an origin whose file is not what it was. */
  lost(origin: Origin): void
  /** Milliseconds after which what looks like a copy is a file of its own. */
  twinQuiet: number
}

/** Reads files that may have something to read, in turn. */
export class Reading {
  readonly #options: ReadingOptions
  /** Those whose turn is next come first. */
  readonly #ready = new Set<TailedFile>()
  readonly #later = new Later<TailedFile>()
  /** Those whose origin was begun, and not read. */
  readonly #fresh = new Set<TailedFile>()
  /** Of what could not be opened: the reason, which is told once. */
  readonly #hindered = new Map<string, string | undefined>()

  constructor(options: ReadingOptions) {
    this.#options = options
  }

  get isEmpty(): boolean {
    return this.#ready.size === 0
  }

  get isWaiting(): boolean {
    return !this.#later.isEmpty
  }

  has(file: TailedFile): boolean {
    return this.#ready.has(file) || this.#later.has(file)
  }

  add(file: TailedFile): void {
    this.#ready.add(file)
  }

  /** Those that had to wait are ready again, when it is time. */
  wake(now: number): void {
    for (const file of this.#later.due(now)) this.#ready.add(file)
  }

  /** Reads a piece of the file whose turn it is. */
  turn(now: number): void {
    const [file] = this.#ready
    if (!file) return
    this.#ready.delete(file)
    try {
      const open = file.open ?? this.#open(file, now)
      if (open) this.#read(file, open, now)
    } catch (error) {
      this.#hinder(file, error, now)
    }
  }

  /** Nobody writes to it any more: what is left is a line. */
  end(file: TailedFile, now: number): void {
    file.open?.finish(now)
    this.#options.descriptors.close(file)
    this.#later.delete(file)
    this.#ready.delete(file)
    this.#fresh.delete(file)
  }

  #read(file: TailedFile, open: OpenFile, now: number): void {
    const { descriptors, origins } = this.#options
    descriptors.use(file)
    if (!origins.isSaved(open.origin) && !this.#fresh.has(file)) {
      // It comes round once more before it is read, so that the names of all that are new are written at once.
      this.#fresh.add(file)
      this.#ready.add(file)
      return
    }
    this.#fresh.delete(file)
    origins.save()
    const outcome: Outcome = open.read(now)
    if (outcome === 'changed') descriptors.close(file)
    if (outcome !== 'end') this.#ready.add(file)
  }

  #open(file: TailedFile, now: number): OpenFile | undefined {
    const { path } = file
    if (path === undefined) return undefined
    const fd = openSync(path, READ)
    try {
      file.open = this.#opened(file, path, fd, now)
    } finally {
      if (!file.open) closeSync(fd)
    }
    if (this.#hindered.delete(path)) this.#options.context.log.info({ file: path }, `${path} can be read now`)
    return file.open
  }

  #opened(file: TailedFile, path: string, fd: number, now: number): OpenFile | undefined {
    const stat = fstatSync(fd, { bigint: true })
    // Its name leads to something else by now, as the next look will tell.
    if (keyOf(stat) !== file.key) {
      if (findAgain(file)) this.#ready.add(file)
      return undefined
    }
    const read = readTextOf(fd)
    const head = read(0, PROOF)
    if (compressionOf(head)) {
      this.#options.compressed(file)
      return undefined
    }
    const origin = this.#originOf(file, path, stat, head, read, now)
    return origin && this.#options.open(fd, origin)
  }

  #originOf(
    file: TailedFile,
    path: string,
    stat: BigIntStats,
    head: Buffer,
    read: ReadText,
    now: number,
  ): Origin | undefined {
    const { origins } = this.#options
    const { origin } = file
    if (origin && isHeadOf(origin.place, head) && isReadUpTo(origin.place, read)) return origin
    if (origin) this.#lose(file, origin, path)
    if (stat.size === 0n) return undefined
    const known = origins.recognise(path, stat, head, read)
    if (file.isRest && (known === undefined || known === 'twin')) return undefined
    if (known === 'twin' && this.#waitsAsTwin(file, Number(stat.size), now)) return undefined
    if (known !== undefined && known !== 'twin') {
      join(file, known)
      origins.markFound(known, stat)
      this.#options.context.log.info(
        { file: path, offset: known.place.offset },
        `${path} goes on where ${known.place.path} was`,
      )
      return known
    }
    const begun = origins.begin(path, stat, head)
    join(file, begun)
    return begun
  }

  /** The file was truncated, or its inode was given to another one. */
  #lose(file: TailedFile, origin: Origin, path: string): void {
    const { context } = this.#options
    context.count('truncated')
    context.log.info(
      { file: path, offset: origin.place.offset },
      `${path} was truncated; it is read from its beginning`,
    )
    file.origin = undefined
    origin.file = undefined
    this.#options.lost(origin)
  }

  /** It may be on its way to take the place of what it is a copy of, which is truncated next. */
  #waitsAsTwin(file: TailedFile, size: number, now: number): boolean {
    if (file.twin?.size !== size) file.twin = { since: now, size }
    if (now - file.twin.since >= this.#options.twinQuiet) return false
    this.#later.add(file, now + TWIN_AGAIN)
    return true
  }

  #hinder(file: TailedFile, error: unknown, now: number): void {
    const { context, descriptors } = this.#options
    const { path = '' } = file
    const code = codeOf(error)
    descriptors.close(file)
    if (code === 'ENOENT') {
      if (findAgain(file)) this.#ready.add(file)
      return
    }
    this.#later.add(file, now + RETRY_AFTER)
    if (this.#hindered.get(path) === code) return
    this.#hindered.set(path, code)
    context.count('unreadable')
    context.log.warn({ file: path, code }, `${path} cannot be read, and is tried again: ${messageOf(error)}`)
  }
}
