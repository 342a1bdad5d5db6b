// The SQLite file of a spool: made, opened, and what is asked of it.

import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { faultPoint } from './fault.ts'
import {
  APPLICATION,
  filesOf,
  NOTHING,
  PAGE,
  SCHEMA,
  type SpoolBooks,
  type Totals,
  totalsChecksum,
  VERSION,
} from './layout.ts'

/** An empty database at this path, where nothing is. It is not durable before it was closed and synced. */
export function makeDatabase(path: string): DatabaseSync {
  // Records are nobody else's business; the log gets the same mode from SQLite.
  closeSync(openSync(path, 'wx', 0o600))
  const db = new DatabaseSync(path)
  db.exec(`PRAGMA page_size = ${PAGE}; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA synchronous = OFF`)
  db.exec(`BEGIN; ${SCHEMA}; PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${VERSION}`)
  insertTotals(db, NOTHING)
  db.exec('COMMIT')
  return db
}

export function insertTotals(db: DatabaseSync, totals: Readonly<Totals>): void {
  const { last, first, batches, records, bytes } = totals
  const books = JSON.stringify(totals.books)
  db.prepare('INSERT OR REPLACE INTO about VALUES (1, ?, ?, ?, ?, ?, ?, ?)').run(
    last,
    first,
    batches,
    records,
    bytes,
    books,
    totalsChecksum(totals, books),
  )
}

/** Makes what `makeDatabase` made durable, with all rows that were added meanwhile. */
export function sealDatabase(db: DatabaseSync, path: string): void {
  // Which only sets two bytes of its header, as long as nothing is written.
  db.exec('PRAGMA journal_mode = WAL')
  db.close()
  syncFile(path)
}

/** A spool is there with all that it needs, or not at all. */
export function createSpool(path: string): void {
  const files = filesOf(path)
  removeUnfinished(path)
  sealDatabase(makeDatabase(files.new), files.new)
  faultPoint('create-before-rename')
  renameSync(files.new, path)
  syncFile(dirname(path))
  faultPoint('create-after-rename')
}

/** What a killed process was about to make. */
export function removeUnfinished(path: string): void {
  const unfinished = filesOf(path).new
  for (const end of ['', '-journal', '-wal', '-shm', '.json']) rmSync(unfinished + end, { force: true })
}

/** Of a file or a folder that SQLite does not have open. */
export function syncFile(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Opens what is there, and takes it: in this mode no other process can, and SQLite needs no -shm file. */
export function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    // By hand instead: SQLite ignores when its own cannot be done.
    db.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY')
    // Deleted rows become zeros where that costs nothing: a recovery would find them again.
    db.exec('PRAGMA secure_delete = FAST')
    // One large commit does not make the log large for ever.
    db.exec(`PRAGMA journal_size_limit = ${64 * 2 ** 20}`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

export type Statements = ReturnType<typeof prepare>

export function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text)
  return {
    begin: sql('BEGIN IMMEDIATE'),
    commit: sql('COMMIT'),
    rollback: sql('ROLLBACK'),
    checkpoint: sql('PRAGMA wal_checkpoint(PASSIVE)'),
    truncate: sql('PRAGMA wal_checkpoint(TRUNCATE)'),
    freePages: sql('PRAGMA freelist_count'),
    insert: sql('INSERT INTO batches VALUES (?, ?, ?, ?, ?)'),
    // The length of a blob is in the head of its row: none of it is read for that.
    find: sql('SELECT records, length(bytes) AS bytes FROM batches WHERE seq = ?'),
    remove: sql('DELETE FROM batches WHERE seq = ?'),
    after: sql('SELECT seq, records, at, crc, bytes FROM batches WHERE seq > ? ORDER BY seq'),
    between: sql('SELECT count(*) AS batches FROM batches WHERE seq > ? AND seq <= ?'),
    lowest: sql('SELECT seq, at FROM batches ORDER BY seq LIMIT 1'),
    readTotals: sql('SELECT last, first, batches, records, bytes, books, crc FROM about'),
    updateTotals: sql(
      'UPDATE about SET last = ?, first = ?, batches = ?, records = ?, bytes = ?, books = ?, crc = ?',
    ),
  }
}

/** The row of `about`, or undefined when its checksum is wrong. */
export function readTotals(sql: Statements): Totals | undefined {
  const row = sql.readTotals.get() as (Omit<Totals, 'books'> & { books: string; crc: number }) | undefined
  if (!row || totalsChecksum(row, row.books) !== row.crc) return undefined
  const { last, first, batches, records, bytes, books } = row
  return { last, first, batches, records, bytes, books: JSON.parse(books) as SpoolBooks }
}
