// What can be wrong with a spool.
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

/** No room for a file of our own. */
export function isNoSpace(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '')
}
