import { DatabaseSync } from 'node:sqlite'

/**
 * Takes a file as a lock for this process, until the result is called. It is SQLite's own lock on a file that is there for nothing
 * else: it ends with the process, and holds also between containers that share a volume. Throws what SQLite says; `isBusy` when
 * somebody else has it.
 */
export function takeLock(path: string): () => void {
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    // Nothing is ever written to it: a journal would only lie beside it.
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    throw error
  }
  return () => db.close()
}
