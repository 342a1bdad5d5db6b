// Where counts are kept. There are two: SQLite in a file (sqlite/), and Redis (redis/).

import type { Change } from './change.ts'

/** The fields of a hash, as the store has them: whole numbers, and of sums decimal ones as text. */
export type Fields = readonly (readonly [field: string, value: string])[]

export interface Store {
  /** How much it writes at once, in commands (parts.ts). */
  readonly most: number
  /** Resolves when it can be used for the first time, to since when it is there (epoch ms). */
  readonly opened: Promise<{ since: number }>
  /**
   * Writes a change as a whole, durable when it resolves, to undefined; or none of it, where some of its ids are there already:
   * then to those. Throws when it cannot be written now, and Unwritable when it never can.
   */
  write(change: Change): Promise<readonly string[] | undefined>
  /** The fields of these hashes, in order; none of one that is not there. */
  read(names: readonly string[]): Promise<readonly Fields[]>
  /** Keys that begin so, in order of their bytes, with when their last event was. */
  keys(prefix: string, limit: number): Promise<readonly (readonly [key: string, last: number])[]>
  /** Keys of which nothing is kept any more are forgotten, now and then; so many there are. */
  countKeys(): Promise<number>
  /** In pages: they may be many, and long. */
  allKeys(): AsyncIterable<readonly string[]>
  /** The time by which it forgets, epoch milliseconds (clock.ts). */
  now(): number
  /** The latest time that it has believed, or that is shown: no event is ahead that is before it. */
  latest(): number
}

/** The store does not answer now. */
export class Unavailable extends Error {}

/** The store takes all other changes, but not this one. */
export class Unwritable extends Error {}
/** The code of an error of that kind, as it crosses threads. */
export const UNWRITABLE = 'UNWRITABLE'
