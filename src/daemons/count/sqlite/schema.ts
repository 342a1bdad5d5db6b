// The tables of a file of counts.

import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** `PRAGMA application_id`: "Slco"; and `user_version` of the tables below. */
const APPLICATION = 0x536c636f
const VERSION = 5
/** Bytes of a page: SQLite's own default, which every file of ours was made with. */
export const PAGE = 4096

/**
 * - `hashes`: by the name that they have in Redis as well; `expires` in epoch ms, 0: never.
 * - `fields`: a whole number, or of a sum a decimal one as text.
 * - `members`: who was seen, of distinct counts; `seen`: until when that is known of a field, where it is not for as long as its hash.
 * - `keys`: when the last event of each was; `expires`: when the last of its hashes does.
 * - `about`: one row; `text` is what about.ts makes, `clock`, `shown` and `doubt` are of ../clock.ts. The ids of
 *   events are in tables of their own (ids.ts).
 */
const FIRST = `
  CREATE TABLE hashes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, expires INTEGER NOT NULL);
  CREATE INDEX hashes_by_expiry ON hashes (expires) WHERE expires > 0;
  CREATE TABLE fields (hash INTEGER, field TEXT, value, PRIMARY KEY (hash, field)) WITHOUT ROWID;
  CREATE TABLE members (hash INTEGER, field TEXT, member BLOB, PRIMARY KEY (hash, field, member)) WITHOUT ROWID;
  CREATE TABLE keys (key TEXT PRIMARY KEY, last REAL NOT NULL) WITHOUT ROWID;
  CREATE TABLE about (since REAL NOT NULL);
`

/** What each version has more than the one before, from the second on. */
const MORE = [
  'ALTER TABLE about ADD COLUMN text TEXT',
  `
    ALTER TABLE keys ADD COLUMN expires INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX keys_by_expiry ON keys (expires) WHERE expires > 0;
    ALTER TABLE about ADD COLUMN clock REAL;
  `,
  `
    CREATE TABLE seen (hash INTEGER, field TEXT, expires INTEGER NOT NULL, PRIMARY KEY (hash, field)) WITHOUT ROWID;
    CREATE INDEX seen_by_expiry ON seen (expires);
  `,
  `
    ALTER TABLE about ADD COLUMN shown REAL;
    ALTER TABLE about ADD COLUMN doubt REAL NOT NULL DEFAULT 0;
  `,
]

/** Makes the tables, or those that a file of before lacks. Throws what is wrong with the file. */
export function prepareFile(db: DatabaseSync, now: number): void {
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
  db.exec('BEGIN')
  if (version === 0) {
    db.exec(`${FIRST}; PRAGMA application_id = ${APPLICATION}`)
    db.prepare('INSERT INTO about (since) VALUES (?)').run(now)
  }
  for (const sql of MORE.slice(Math.max(version - 1, 0))) db.exec(sql)
  db.exec(`PRAGMA user_version = ${VERSION}; COMMIT`)
}

export function prepareStatements(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text)
  return {
    begin: sql('BEGIN IMMEDIATE'),
    commit: sql('COMMIT'),
    rollback: sql('ROLLBACK'),
    about: sql('SELECT since, text, clock, shown, doubt FROM about'),
    describe: sql('UPDATE about SET text = ?'),
    setClock: sql('UPDATE about SET clock = ?, shown = ?, doubt = ?'),
    keysAfter: sql('SELECT key FROM keys WHERE key > ? ORDER BY key LIMIT ?'),
    countKeys: sql('SELECT count(*) AS count FROM keys'),
    keys: sql('SELECT key, last FROM keys WHERE key >= ? AND key < ? ORDER BY key LIMIT ?'),
    putKey: sql(`
      INSERT INTO keys VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET last = max(last, excluded.last),
        expires = iif(excluded.expires = 0, 0, max(expires, excluded.expires))
    `),
    putHash: sql(
      'INSERT INTO hashes (name, expires) VALUES (?, ?) ON CONFLICT DO UPDATE SET expires = excluded.expires RETURNING id',
    ),
    add: sql('INSERT INTO fields VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value'),
    value: sql('SELECT value FROM fields WHERE hash = ? AND field = ?'),
    set: sql('INSERT INTO fields VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'),
    see: sql('INSERT INTO members VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    putSeen: sql(
      'INSERT INTO seen VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET expires = excluded.expires WHERE expires != excluded.expires',
    ),
    read: sql(
      'SELECT field, value FROM fields WHERE hash = (SELECT id FROM hashes WHERE name = ? AND (expires = 0 OR expires > ?)) ORDER BY field',
    ),
    unseen: sql('SELECT hash, field FROM seen WHERE expires <= ? LIMIT ?'),
    forgetSeen: sql(`
      DELETE FROM members WHERE (hash, field, member) IN
        (SELECT hash, field, member FROM members WHERE hash = ? AND field = ? LIMIT ?)
    `),
    dropSeen: sql('DELETE FROM seen WHERE hash = ? AND field = ?'),
    forgetAllSeen: sql('DELETE FROM seen WHERE hash = ?'),
    expired: sql('SELECT id FROM hashes WHERE expires > 0 AND expires <= ? LIMIT ?'),
    forgetMembers: sql(`
      DELETE FROM members WHERE (hash, field, member) IN
        (SELECT hash, field, member FROM members WHERE hash = ? LIMIT ?)
    `),
    forgetFields: sql('DELETE FROM fields WHERE hash = ?'),
    forgetHash: sql('DELETE FROM hashes WHERE id = ?'),
    forgetKeys: sql(
      'DELETE FROM keys WHERE key IN (SELECT key FROM keys WHERE expires > 0 AND expires <= ? LIMIT ?)',
    ),
  }
}

export type Statements = ReturnType<typeof prepareStatements>
