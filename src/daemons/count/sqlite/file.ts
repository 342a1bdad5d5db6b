import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { isBusy } from '../../../lib/sqlite-errors.ts'
import { takeLock } from '../../../lib/sqlite-lock.ts'
import type { Change, HashChange } from '../change.ts'
import { formatDecimal, parseDecimal } from '../decimal.ts'
import type { Fields } from '../store.ts'
import { Ids } from './ids.ts'

/** `PRAGMA application_id`: "Slco"; and `user_version` of the tables below. */
const APPLICATION = 0x536c636f
const VERSION = 2

/**
 * - `hashes`: by the name that they have in Redis as well; `expires` in epoch ms, 0: never.
 * - `fields`: a whole number, or of a sum a decimal one as text.
 * - `members`: who was seen, of distinct counts.
 * - `keys`: when the last event of each was.
 * - `about`: one row; `text` is what about.ts makes. The ids of events are in tables of their own (ids.ts).
 */
const SCHEMA = `
  CREATE TABLE hashes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, expires INTEGER NOT NULL);
  CREATE INDEX hashes_by_expiry ON hashes (expires) WHERE expires > 0;
  CREATE TABLE fields (hash INTEGER, field TEXT, value, PRIMARY KEY (hash, field)) WITHOUT ROWID;
  CREATE TABLE members (hash INTEGER, field TEXT, member BLOB, PRIMARY KEY (hash, field, member)) WITHOUT ROWID;
  CREATE TABLE keys (key TEXT PRIMARY KEY, last REAL NOT NULL) WITHOUT ROWID;
  CREATE TABLE about (since REAL NOT NULL, text TEXT);
`

/** Below this the disk counts as full, so that what is needed to delete is still there. */
const RESERVE = 16 * 2 ** 20
/** Hashes that are deleted at once, so that nothing waits for long. */
const DELETED_AT_ONCE = 200

/** The counts in a file. Everything is in one transaction, durable when `write` returns. */
export class CountFile {
  readonly #path: string
  readonly #unlock: () => void
  readonly #db: DatabaseSync
  readonly #sql: ReturnType<typeof prepare>
  readonly #ids: Ids

  /** Opens the file, or makes it. Throws what SQLite says. */
  constructor(path: string, remember: number, now: number) {
    this.#path = path
    this.#unlock = lock(path)
    this.#db = new DatabaseSync(path, { timeout: 5000 })
    try {
      prepareFile(this.#db, now)
      this.#sql = prepare(this.#db)
      this.#ids = new Ids(this.#db, remember)
    } catch (error) {
      this.#db.close()
      this.#unlock()
      throw error
    }
  }

  get since(): number {
    return this.#sql.since.get()!.since as number
  }

  /** What about.ts says of it. */
  get description(): string | undefined {
    return (this.#sql.description.get()!.text as string | null) ?? undefined
  }

  describe(text: string): void {
    this.#sql.describe.run(text)
  }

  allKeys(): string[] {
    return this.#sql.allKeys.all().map(({ key }) => key as string)
  }

  /** As `Store.write`. */
  write(change: Change, now: number): string[] | undefined {
    this.#checkSpace()
    this.#sql.begin.run()
    try {
      const known = this.#ids.known(change.ids)
      if (known.length === 0) this.#put(change, now)
      this.#sql.commit.run()
      return known.length > 0 ? known : undefined
    } catch (error) {
      // SQLite itself has rolled back after some errors (a full disk).
      if (this.#db.isTransaction) this.#sql.rollback.run()
      this.#ids.reload()
      throw error
    }
  }

  read(names: readonly string[], now: number): Fields[] {
    return names.map(name =>
      this.#sql.read.all(name, now).map(({ field, value }) => [field as string, String(value)] as const),
    )
  }

  keys(prefix: string, limit: number): (readonly [string, number])[] {
    const found = this.#sql.keys.all(prefix, `${prefix}\u{10ffff}`, limit)
    return found.map(({ key, last }) => [key as string, last as number] as const)
  }

  /** Deletes some of what has expired; returns whether there may be more. */
  tidy(now: number): boolean {
    const expired = this.#sql.expired.all(now, DELETED_AT_ONCE)
    if (expired.length === 0) return false
    this.#sql.begin.run()
    try {
      for (const { id } of expired) for (const sql of this.#sql.forget) sql.run(id as number)
      this.#sql.commit.run()
    } catch (error) {
      if (this.#db.isTransaction) this.#sql.rollback.run()
      throw error
    }
    return expired.length === DELETED_AT_ONCE
  }

  close(): void {
    this.#db.close()
    this.#unlock()
  }

  #put({ ids, hashes, keys }: Change, now: number): void {
    this.#ids.add(ids, now)
    for (const hash of hashes) this.#putHash(hash)
    for (const [key, last] of keys) this.#sql.putKey.run(key, last)
  }

  #putHash({ name, kind, expires, fields }: HashChange): void {
    const { id } = this.#sql.putHash.get(name, expires) as { id: number }
    for (const [field, addition] of fields) {
      if (kind === 'sum') this.#sum(id, field, addition as bigint)
      else
        this.#sql.add.run(id, field, kind === 'count' ? (addition as number) : this.#see(id, field, addition))
    }
  }

  #sum(id: number, field: string, addition: bigint): void {
    const { value = '0' } = (this.#sql.value.get(id, field) ?? {}) as { value?: string }
    this.#sql.set.run(id, field, formatDecimal(parseDecimal(value)! + addition))
  }

  /** How many of them were not seen before. */
  #see(id: number, field: string, addition: HashChange['fields'][number][1]): number {
    let seen = 0
    for (const member of addition as readonly string[])
      seen += Number(this.#sql.see.run(id, field, Buffer.from(member, 'base64')).changes)
    return seen
  }

  #checkSpace(): void {
    const { bavail, bsize } = statfsSync(dirname(this.#path))
    if (bavail * bsize < RESERVE) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
  }
}

function lock(path: string): () => void {
  try {
    return takeLock(`${path}.lock`)
  } catch (error) {
    throw isBusy(error)
      ? new Error('another sluice-count is using it; stop that one, or give this one a file of its own')
      : error
  }
}

function prepareFile(db: DatabaseSync, now: number): void {
  const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0] as number
  const version = pragma('user_version')
  if (version > VERSION) throw new Error(`it was made by a newer version of sluice-count (${version})`)
  if (
    pragma('application_id') !== (version === 0 ? 0 : APPLICATION) ||
    (version === 0 && pragma('page_count') > 1)
  )
    throw new Error('it is a database of something else; give another file')
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384')
  db.exec('PRAGMA wal_autocheckpoint = 4096')
  if (version === VERSION) return
  if (version === 1) {
    db.exec(`BEGIN; ALTER TABLE about ADD COLUMN text TEXT; PRAGMA user_version = ${VERSION}; COMMIT`)
    return
  }
  db.exec(`BEGIN; ${SCHEMA}; PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${VERSION}`)
  db.prepare('INSERT INTO about VALUES (?, NULL)').run(now)
  db.exec('COMMIT')
}

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text)
  return {
    begin: sql('BEGIN IMMEDIATE'),
    commit: sql('COMMIT'),
    rollback: sql('ROLLBACK'),
    since: sql('SELECT since FROM about'),
    description: sql('SELECT text FROM about'),
    describe: sql('UPDATE about SET text = ?'),
    allKeys: sql('SELECT key FROM keys'),
    keys: sql('SELECT key, last FROM keys WHERE key >= ? AND key < ? ORDER BY key LIMIT ?'),
    putKey: sql('INSERT INTO keys VALUES (?, ?) ON CONFLICT DO UPDATE SET last = max(last, excluded.last)'),
    putHash: sql(
      'INSERT INTO hashes (name, expires) VALUES (?, ?) ON CONFLICT DO UPDATE SET expires = excluded.expires RETURNING id',
    ),
    add: sql('INSERT INTO fields VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value'),
    value: sql('SELECT value FROM fields WHERE hash = ? AND field = ?'),
    set: sql('INSERT INTO fields VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'),
    see: sql('INSERT INTO members VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    read: sql(
      'SELECT field, value FROM fields WHERE hash = (SELECT id FROM hashes WHERE name = ? AND (expires = 0 OR expires > ?)) ORDER BY field',
    ),
    expired: sql('SELECT id FROM hashes WHERE expires > 0 AND expires <= ? LIMIT ?'),
    forget: [
      sql('DELETE FROM members WHERE hash = ?'),
      sql('DELETE FROM fields WHERE hash = ?'),
      sql('DELETE FROM hashes WHERE id = ?'),
    ],
  }
}
