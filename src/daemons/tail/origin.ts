import type { BigIntStats } from 'node:fs'
import type { Checkpoint } from '../../lib/index.ts'
import type { Marks } from './marks.ts'
import type { Print } from './print.ts'
import type { TailedFile } from './tailed-file.ts'

/** What is kept of an origin: where it was, how far it was read, and by what it is known again. */
export interface Place {
  /** The name that it had when it was read first; records bear it. */
  path: string
  inode: string
  /** When the inode was made, in nanoseconds: a number that is given again is another file. 0 where that is not known. */
  birth: string
  /** Everything before this byte was read. (In what was compressed, of the text.) */
  offset: number
  /** Of its beginning, and of what is before the offset. */
  head: Print
  tail: Print
  /** It is a compressed file now, which nobody appends to. */
  compressed?: 'begun' | 'done'
  /** It is compressed, cannot be read to its end, and was so long then: it is read on when it has another size. */
  brokenAt?: number
  /** Since when no file of it is known, epoch milliseconds. */
  gone?: number
}

/**
 * What was written to a file from its beginning on, wherever it is now: it is renamed, copied, compressed. When a file is
 * truncated, another origin begins in it.
 */
export interface Origin {
  readonly key: string
  readonly checkpoint: Checkpoint
  /** The id of the line at this offset. */
  readonly id: (offset: number) => string
  /** As it will be when all that was emitted is accepted. */
  place: Place
  readonly marks: Marks
  /** When it was read on last, epoch milliseconds; 0 before it was in this life of the daemon. */
  readAt: number
  /** The file that has it now, as far as it is known. */
  file: TailedFile | undefined
}

/** It was begun at the end of a file that nobody has looked into: what is before the offset is not known. */
export function isUnseen({ offset, tail }: Place): boolean {
  return offset > 0 && tail.length === 0
}

/** What tells one file from another as long as it lives. */
export function keyOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}

export function identityOf({ ino, birthtimeNs }: BigIntStats): Pick<Place, 'inode' | 'birth'> {
  return { inode: String(ino), birth: String(birthtimeNs) }
}
