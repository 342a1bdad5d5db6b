// What SQLite's result codes (https://sqlite.org/rescode.html) mean.

/** The primary code: the low byte; the rest is detail. */
function primaryOf(error: unknown): number {
  return ((error as { errcode?: number } | null)?.errcode ?? 0) & 0xff
}

/**
 * SQLITE_CORRUPT, SQLITE_NOTADB, and what SQLite says of an index or a table that is not there any more: somebody else
 * wrote to the file, or the disk forgets.
 */
export function isDamage(error: unknown): boolean {
  if ([11, 26].includes(primaryOf(error))) return true
  return primaryOf(error) === 1 && /^(vtable constructor failed|no such table)/.test((error as Error).message)
}

/**
 * What may be better the next time: SQLITE_PERM, _BUSY, _LOCKED, _NOMEM, _READONLY (its log cannot be recovered), _IOERR,
 * _FULL, _CANTOPEN (for want of descriptors, say), _PROTOCOL.
 */
export function isPassing(error: unknown): boolean {
  return [3, 5, 6, 7, 8, 10, 13, 14, 15].includes(primaryOf(error))
}

/** SQLITE_BUSY, SQLITE_LOCKED. */
export function isBusy(error: unknown): boolean {
  return [5, 6].includes(primaryOf(error))
}

/** SQLITE_FULL, which is what SQLite makes of ENOSPC when it writes. */
export function isFull(error: unknown): boolean {
  return primaryOf(error) === 13
}
