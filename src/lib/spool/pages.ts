// The pages of a spool, read without SQLite: the newest image of each is in the log, or in the file.

import { closeSync, fstatSync, readSync } from 'node:fs'
import { codeOf } from '../errors.ts'
import { openToRead } from '../read-file.ts'
import { filesOf, PAGE } from './layout.ts'
import { type WalFrame, type WalWalk, walkWal } from './wal.ts'

/** Bytes of a file that are read of it by who is cautious: all of a larger one takes long. */
export const MOST_LOOKED_AT = 2 ** 28

/** Where the image of a page is: in the log at this offset, or in the file where it belongs. */
export type Overlay = ReadonlyMap<number, number>

export class Pages {
  readonly #main: number | undefined
  readonly #wal: number | undefined
  /** Bytes of the file. */
  readonly size: number
  readonly hasMain: boolean
  readonly walk: WalWalk
  /** The pages as SQLite sees them. */
  readonly taken: Overlay

  /** Nobody may have the spool open meanwhile, least of all this process: closing the file would drop SQLite's locks. */
  constructor(path: string) {
    const files = filesOf(path)
    this.#main = openIfThere(files.main)
    this.#wal = openIfThere(files.wal)
    this.hasMain = this.#main !== undefined
    this.size = sizeOf(this.#main)
    this.walk = walkWal(
      (buffer, offset) => readSync(this.#wal!, buffer, 0, buffer.length, offset),
      sizeOf(this.#wal),
    )
    this.taken = overlay(this.walk.frames.slice(0, this.walk.taken))
  }

  close(): void {
    for (const fd of [this.#main, this.#wal]) if (fd !== undefined) closeSync(fd)
  }

  /** Bytes of the file and of the log: more than that cannot be in them. */
  get bytes(): number {
    return this.size + this.walk.frames.length * PAGE
  }

  /** The image of a page, of which a part or all may be missing at the end of a file that was cut. */
  image(page: number, overlay: Overlay = this.taken): Buffer {
    const offset = overlay.get(page)
    return offset === undefined ? this.mainImage(page) : this.walImage(offset)
  }

  mainImage(page: number): Buffer {
    return readUpTo(this.#main, (page - 1) * PAGE, PAGE)
  }

  walImage(offset: number): Buffer {
    return readUpTo(this.#wal, offset, PAGE)
  }

  /** Bytes of the file. */
  read(offset: number, length: number): Buffer {
    return readUpTo(this.#main, offset, length)
  }
}

export function overlay(frames: readonly WalFrame[]): Map<number, number> {
  return new Map(frames.map(({ page, offset }) => [page, offset]))
}

function openIfThere(path: string): number | undefined {
  try {
    return openToRead(path, MOST_LOOKED_AT)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function sizeOf(fd: number | undefined): number {
  return fd === undefined ? 0 : fstatSync(fd).size
}

function readUpTo(fd: number | undefined, offset: number, length: number): Buffer {
  if (fd === undefined || offset < 0) return Buffer.alloc(0)
  const buffer = Buffer.allocUnsafe(length)
  return buffer.subarray(0, readSync(fd, buffer, 0, length, offset))
}
