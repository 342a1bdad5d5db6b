import type { OpenFile } from './open-file.ts'
import type { Origin } from './origin.ts'

/** A file that is followed: an inode, whatever its name is. */
export class TailedFile {
  /** Device and inode. */
  readonly key: string
  /** Names that globs match and that lead to it. */
  readonly names = new Set<string>()
  /** Where it was found after it had lost its names. */
  foundAt: string | undefined
  /** It matches no glob, and is only read if it is what a file was rotated to that does. */
  isRest = false
  /** Undefined as long as nothing is known of what is in it. */
  origin: Origin | undefined
  open: OpenFile | undefined
  /** Bytes when it was last looked at. */
  size: number
  /** When it last grew, or lost its name: epoch milliseconds. */
  stirred: number
  /** It looks like a copy of what is being read: since when, and the size that it has had since. */
  twin: { since: number; size: number } | undefined

  constructor(key: string, size: number, now: number) {
    this.key = key
    this.size = size
    this.stirred = now
  }

  /** A name under which it can be opened. */
  get path(): string | undefined {
    const [name = this.foundAt] = this.names
    return name
  }
}

/** The file has this origin from now on. */
export function join(file: TailedFile, origin: Origin): void {
  file.origin = origin
  origin.file = file
}
