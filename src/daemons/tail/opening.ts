import { type BigIntStats, closeSync, fstatSync } from 'node:fs'
import type { Context } from '../../lib/index.ts'
import { compressionOf } from './compression.ts'
import type { Hindrances } from './hindrances.ts'
import type { OpenFile } from './open-file.ts'
import { isUnseen, keyOf, type Origin } from './origin.ts'
import { isHeadOf, isReadUpTo, type Origins } from './origins.ts'
import { PROOF } from './print.ts'
import { openToRead, type ReadText, readTextOf } from './read-text.ts'
import { findAgain, type Siblings } from './siblings.ts'
import { join, type TailedFile } from './tailed-file.ts'
import { NOT_AGAIN, type Twins } from './twins.ts'

export interface OpeningOptions {
  context: Context<'truncated'>
  origins: Origins
  siblings: Siblings
  hindrances: Hindrances
  /** Makes what reads a file on from the place of its origin. */
  open(fd: number, origin: Origin): OpenFile
  /** Takes over a file that is compressed. */
  compressed(file: TailedFile): void
  /** Told of an origin whose file is not what it was. */
  lost(origin: Origin): void
}

/** Who has files opened. */
export interface Opener {
  twins: Twins
  /** It is to be opened once more, at this time. */
  again(file: TailedFile, time: number): void
  drop(file: TailedFile): void
}

/** A file as it is now. */
interface Look {
  path: string
  stat: BigIntStats
  head: Buffer
  read: ReadText
}

/** Opens files, and finds out how far what is in them was read. */
export class Opening {
  readonly #options: OpeningOptions
  readonly #reading: Opener

  constructor(options: OpeningOptions, reading: Opener) {
    this.#options = options
    this.#reading = reading
  }

  /** Undefined where there is nothing to read, or not yet. Throws what the system says. */
  open(file: TailedFile, now: number): OpenFile | undefined {
    const { path } = file
    if (path === undefined) return this.#seek(file, now)
    const fd = openToRead(path)
    try {
      file.open = this.#opened(file, path, fd, now)
    } finally {
      if (!file.open) closeSync(fd)
    }
    this.#options.hindrances.over('read', path)
    return file.open
  }

  #opened(file: TailedFile, path: string, fd: number, now: number): OpenFile | undefined {
    const stat = fstatSync(fd, { bigint: true })
    // Its name leads to something else by now, as the next look will tell.
    if (keyOf(stat) !== file.key) {
      return this.#seek(file, now)
    }
    const read = readTextOf(fd)
    const head = read(0, PROOF)
    if (compressionOf(head)) {
      const { origins, compressed } = this.#options
      if (file.origin && isUnseen(file.origin.place))
        origins.move(file.origin, { ...file.origin.place, compressed: 'done' })
      else compressed(file)
      return undefined
    }
    const look = { path, stat, head, read }
    const origin = this.#known(file, look) ?? this.#found(file, look, now)
    return origin && this.#options.open(fd, origin)
  }

  /** It is not where it was. */
  #seek(file: TailedFile, now: number): undefined {
    const wait = findAgain(file, this.#options.siblings)
    if (wait !== undefined) this.#reading.again(file, now + wait)
  }

  /** The origin that it had, if it still has it. */
  #known(file: TailedFile, { path, stat, head, read }: Look): Origin | undefined {
    const { context, origins, lost } = this.#options
    const { origin } = file
    if (!origin) return undefined
    if (isUnseen(origin.place) && Number(stat.size) >= origin.place.offset) origins.see(origin, head, read)
    if (!isUnseen(origin.place) && isHeadOf(origin.place, head) && isReadUpTo(origin.place, read))
      return origin
    // The file was truncated, or its inode was given to another one.
    context.count('truncated')
    context.log.info(
      { file: path, offset: origin.place.offset },
      `${path} was truncated; it is read from its beginning`,
    )
    file.origin = undefined
    origin.file = undefined
    lost(origin)
    return undefined
  }

  /** The origin that it turns out to have, or a new one. */
  #found(file: TailedFile, look: Look, now: number): Origin | undefined {
    const { context, origins } = this.#options
    const { path, stat, head, read } = look
    if (stat.size === 0n) return undefined
    const { origin, twinOf } = origins.recognise(path, stat, head, read)
    if (origin) {
      this.#take(file, origin)
      origins.markFound(origin, stat)
      context.log.info(
        { file: path, offset: origin.place.offset },
        `${path} goes on where ${origin.place.path} was`,
      )
      return origin
    }
    if (file.isRest || (twinOf && this.#waits(file, twinOf, look, now))) return undefined
    const begun = origins.begin(path, stat, head)
    join(file, begun)
    return begun
  }

  #waits(file: TailedFile, twinOf: Origin, { stat, read }: Look, now: number): boolean {
    const wait = this.#reading.twins.wait(file, twinOf, Number(stat.size), read, now)
    if (wait !== undefined && wait !== NOT_AGAIN) this.#reading.again(file, now + wait)
    return wait !== undefined
  }

  /** It may be the longer copy of a file that was deleted. */
  #take(file: TailedFile, origin: Origin): void {
    const before = origin.file
    if (before) this.#reading.drop(before)
    if (before) before.origin = undefined
    join(file, origin)
  }
}
