import { DatabaseSync } from 'node:sqlite'
import { isBusy } from '../sqlite-errors.ts'
import { SpoolInUse } from './errors.ts'
import { filesOf } from './layout.ts'

/**
 * Takes the spool for this process, until the result is called. It is SQLite's lock on an empty file of its own: the
 * spool's files have to be looked at before SQLite opens them, and are moved by a recovery; and closing any descriptor of
 * a locked file drops the lock (fcntl(2)). Throws SpoolInUse.
 */
export function lockSpool(path: string): () => void {
  const db = new DatabaseSync(filesOf(path).lock, { timeout: 0 })
  try {
    // Nothing is ever written to it: a journal would only lie beside it.
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    throw isBusy(error) ? new SpoolInUse(path) : error
  }
  return () => db.close()
}
