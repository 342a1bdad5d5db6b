// What can be wrong with a spool, and what SQLite's result codes (https://sqlite.org/rescode.html) mean to it.
import { codeOf } from '../errors.ts'

/** Something of what was committed may be missing or wrong: nothing is read or written until it was recovered. */
export class DamagedSpool extends Error {
  override name = 'DamagedSpool'
  readonly code = 'ERR_SPOOL_DAMAGED'
  readonly reason: string

  constructor(path: string, reason: string) {
    super(`the spool ${path} is damaged: ${reason}`)
    this.reason = reason
  }
}

/** Another process has it open, or this one has it open twice. */
export class SpoolInUse extends Error {
  override name = 'SpoolInUse'
  readonly code = 'ERR_SPOOL_IN_USE'

  constructor(path: string) {
    super(`the spool ${path} is in use by another process`)
  }
}

/** A file of something else, or of a version to come. */
export class ForeignSpool extends Error {
  override name = 'ForeignSpool'
  readonly code = 'ERR_SPOOL_FOREIGN'

  constructor(path: string, reason: string) {
    super(`${path} is not a spool that can be used here: ${reason}`)
  }
}

/** The primary code: the low byte; the rest is detail. */
function primary(error: unknown): number {
  return ((error as { errcode?: number } | null)?.errcode ?? 0) & 0xff
}

/** SQLITE_FULL, which is what SQLite makes of ENOSPC when it writes. */
export function isFull(error: unknown): boolean {
  return primary(error) === 13
}

/** SQLITE_BUSY, SQLITE_LOCKED. */
export function isBusy(error: unknown): boolean {
  return [5, 6].includes(primary(error))
}

/** SQLITE_CORRUPT, SQLITE_NOTADB, and a number that we never wrote: it has more than 53 bits. */
export function isDamage(error: unknown): boolean {
  return [11, 26].includes(primary(error)) || codeOf(error) === 'ERR_OUT_OF_RANGE'
}

/** No room for a file of our own. */
export function isNoSpace(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '')
}
