import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Checkpoints } from '../daemon.ts'
import { codeOf, Fatal, messageOf } from '../errors.ts'
import { makeFolder } from '../folder.ts'
import { isPassing } from '../sqlite-errors.ts'
import { AcceptedPosition } from './accepted-position.ts'
import { RETRY_AFTER, SAVE_EVERY, type Told } from './checkpoint.ts'

// In WAL mode NORMAL syncs when the log is put into the file, not at each change: a power failure sets positions back by some,
// which repeats a little and loses nothing. At most five small transactions a second wait for no disk.
const SETUP = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS checkpoint (key TEXT PRIMARY KEY, position TEXT NOT NULL) WITHOUT ROWID`

/**
 * The positions of many origins, by a key each, in one file of SQLite: of thousands of tailed files only what has moved is
 * written. While it cannot be written, positions move all the same: a killed daemon would repeat more, and lose nothing.
 */
export class CheckpointTable implements Checkpoints {
  readonly #path: string
  readonly #db: DatabaseSync
  readonly #told: Told
  readonly #places = new Map<string, AcceptedPosition>()
  /** Those whose positions are not in the file. */
  readonly #moved = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(path: string, db: DatabaseSync, told: Told) {
    this.#path = path
    this.#db = db
    this.#told = told
    for (const { key, position } of db.prepare('SELECT key, position FROM checkpoint').all())
      this.#place(key as string, JSON.parse(position as string))
  }

  keys(): string[] {
    return [...this.#places.keys()]
  }

  of(key: string): AcceptedPosition {
    return this.#places.get(key) ?? this.#place(key, undefined)
  }

  forget(key: string): void {
    if (this.#places.delete(key)) this.#note(key)
  }

  save(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#moved.size === 0 || this.#isClosed) return
    try {
      this.#write()
      this.#moved.clear()
      this.#told.waiting(undefined)
    } catch (error) {
      const reason = `checkpoints ${this.#path}: ${messageOf(error)}`
      if (!isPassing(error)) this.#told.fatal(new Fatal(reason))
      this.#told.waiting(reason)
      this.#timer = setTimeout(() => this.save(), RETRY_AFTER)
    }
  }

  async close(): Promise<void> {
    this.save()
    clearTimeout(this.#timer)
    // What is accepted from now on is read again at the next start.
    this.#isClosed = true
    this.#db.close()
  }

  #place(key: string, position: unknown): AcceptedPosition {
    const place: AcceptedPosition = new AcceptedPosition(position, () => {
      // What was under way when its key was forgotten is nobody's position any more.
      if (this.#places.get(key) === place) this.#note(key)
    })
    this.#places.set(key, place)
    return place
  }

  #note(key: string): void {
    this.#moved.add(key)
    if (!this.#isClosed) this.#timer ??= setTimeout(() => this.save(), SAVE_EVERY)
  }

  #write(): void {
    const set = this.#db.prepare('INSERT OR REPLACE INTO checkpoint VALUES (?, ?)')
    const remove = this.#db.prepare('DELETE FROM checkpoint WHERE key = ?')
    this.#db.exec('BEGIN')
    try {
      for (const key of this.#moved) {
        const position = this.#places.get(key)?.position
        if (position === undefined) remove.run(key)
        else set.run(key, JSON.stringify(position))
      }
      this.#db.exec('COMMIT')
    } finally {
      // SQLite rolls back by itself after some errors, and not after others.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    }
  }
}

/** Opens the table, or makes it. Throws Fatal when it cannot be read: starting from nowhere would repeat or lose. */
export function openCheckpointTable(path: string, told: Told): CheckpointTable {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  try {
    makeFolder(dirname(path))
    makeFile(path)
    const db = new DatabaseSync(path)
    db.exec(SETUP)
    return new CheckpointTable(path, db, told)
  } catch (error) {
    throw new Fatal(`checkpoints ${path}: ${messageOf(error)}`)
  }
}

/** Which files somebody reads is nobody else's business; the log gets the same mode from SQLite. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}
