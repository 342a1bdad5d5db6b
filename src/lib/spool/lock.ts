import { closeSync } from 'node:fs'
import { codeOf } from '../errors.ts'
import type { Linux } from '../linux.ts'
import { openToRead } from '../read-file.ts'
import { isBusy } from '../sqlite-errors.ts'
import { takeLock } from '../sqlite-lock.ts'
import { SpoolInUse } from './errors.ts'
import { filesOf } from './layout.ts'

/**
 * Takes the spool for this process, until the result is called. It is SQLite's lock on an empty file of its own: the
 * spool's files have to be looked at before SQLite opens them, and are moved by a recovery; and closing any descriptor of
 * a locked file drops the lock (fcntl(2)). Throws SpoolInUse.
 */
export function lockSpool(path: string): () => void {
  try {
    return takeLock(filesOf(path).lock)
  } catch (error) {
    throw isBusy(error) ? new SpoolInUse(path) : error
  }
}

/** Where SQLite locks a file (https://sqlite.org/fileformat2.html#the_lock_byte_page): whatever kind of lock it is. */
const LOCKED = { start: 0x40000000, length: 512 }

/**
 * Whether a process has the spool. Unlike `lockSpool` it makes no file, keeps no daemon from starting, and does not let SQLite
 * look at the file: SQLite would do what a journal beside it says, which may name any file. Not for a process that has it itself.
 */
export function isTaken(path: string, linux: Linux): boolean {
  let fd: number
  try {
    fd = openToRead(filesOf(path).lock)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
  try {
    return linux.isLocked(fd, LOCKED.start, LOCKED.length)
  } finally {
    closeSync(fd)
  }
}
