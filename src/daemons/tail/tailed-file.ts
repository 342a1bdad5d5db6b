import { type BigIntStats, fstatSync } from 'node:fs'
import type { OpenFile } from './open-file.ts'
import { keyOf, type Origin } from './origin.ts'

/** A file that is followed: an inode, whatever its name is. */
export class TailedFile {
  /** Device and inode. */
  readonly key: string
  /** Names that globs match and that lead to it. */
  readonly names = new Set<string>()
  /** Where it was found after it had lost its names. */
  foundAt: string | undefined
  /** It is looked for: where it was, and since when it is not there, by performance.now(). */
  missed: { at: string; since: number } | undefined
  /** It matches no glob, and is only read if it is what a file was rotated to that does. */
  isRest = false
  /** Undefined as long as nothing is known of what is in it. */
  origin: Origin | undefined
  open: OpenFile | undefined
  /** Bytes when it was last looked at. */
  size: number
  /** When it was last written to, by its own word. */
  #written: bigint
  /** When it last changed, or lost its name, by the clock that looks. */
  stirred: number
  /** It looks like a copy of what is being read: since when, and the size that it has had since. */
  twin: { since: number; size: number } | undefined

  constructor(stat: BigIntStats, now: number) {
    this.key = keyOf(stat)
    this.size = Number(stat.size)
    this.#written = stat.mtimeNs
    this.stirred = now
  }

  /** A name under which it can be opened. */
  get path(): string | undefined {
    const [name = this.foundAt] = this.names
    return name
  }

  /** There is something in it that was not read. */
  get hasRest(): boolean {
    return this.origin !== undefined && !this.origin.place.compressed && this.size > this.origin.place.offset
  }

  /** No name leads to it any more, not even another one. */
  get isDeleted(): boolean {
    if (this.names.size > 0 || this.foundAt !== undefined || this.missed) return false
    return !this.open || fstatSync(this.open.fd).nlink === 0
  }

  /** Notes what it is now; false when that is nothing new. */
  see({ size, mtimeNs }: BigIntStats, now: number): boolean {
    // Its time as well: it may have been written anew, and be as long as before.
    if (this.size === Number(size) && this.#written === mtimeNs) return false
    this.size = Number(size)
    this.#written = mtimeNs
    this.stirred = now
    return true
  }
}

/** The file has this origin from now on. */
export function join(file: TailedFile, origin: Origin): void {
  file.origin = origin
  origin.file = file
}
