import { statSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { KeyMint, timeOfKey } from './key.ts'
import { type About, APPLICATION, EVERY, type PartitionFile, SCHEMA, VERSION } from './layout.ts'
import { type FacetValue, isSevere, type Rows } from './row.ts'
import { TermWriter } from './term-writer.ts'
import { TimeCounts } from './time-counts.ts'

/** A file that this version must not write to. */
export class NewerVersion extends Error {}
/** A file that is none of ours. */
export class Foreign extends Error {}

const PAGE = 8192
/** Bytes of the log, after which its pages are moved into the file: sooner, many of them would be written again and again. */
const MOST_LOG = 32 * 2 ** 20

/** Writes one partition. All of it happens between `begin` and `commit` or `rollback`. */
export class PartitionWriter {
  readonly file: PartitionFile
  readonly #inode: number
  readonly #db: DatabaseSync
  readonly #sql: ReturnType<typeof prepare>
  readonly #terms: TermWriter
  readonly #counts: TimeCounts
  #about!: About
  #keys!: KeyMint

  /** Opens the file, or makes it. Throws what SQLite says. */
  constructor(file: PartitionFile, now: number, logBytes = MOST_LOG) {
    this.file = file
    // Somebody may look at it with a tool of their own meanwhile.
    this.#db = new DatabaseSync(file.path, { timeout: 5000 })
    try {
      prepareFile(this.#db, now, logBytes)
      this.#inode = statSync(file.path).ino
      this.#sql = prepare(this.#db)
      this.#terms = new TermWriter(this.#db)
      this.#counts = new TimeCounts(this.#db)
      this.#reload()
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  get about(): Readonly<About> {
    return this.#about
  }

  /** Bytes of the file, once what waits in the write-ahead log is in it. */
  get size(): number {
    const { bytes } = this.#sql.size.get() as { bytes: number }
    return bytes
  }

  /** Whether the file is still the one that was opened: what goes into a deleted one is lost. */
  get isThere(): boolean {
    return statSync(this.file.path, { throwIfNoEntry: false })?.ino === this.#inode
  }

  has(id: string): boolean {
    return this.#sql.findId.get(id) !== undefined
  }

  begin(): void {
    this.#sql.begin.run()
  }

  /** Stores the n-th row. Returns its key, or undefined when its id is there already. */
  insert(rows: Rows, n: number): number | undefined {
    const time = rows.times[n]!
    const key = this.#keys.mint(time)
    if (this.#sql.insertId.run(rows.ids[n]!, key).changes === 0) {
      this.#keys.giveBack(key)
      return undefined
    }
    const { host, program, severity, facility } = rows.facets
    // One by one, without a list: this runs for each record (12.5 to 10.6 µs).
    const terms = this.#terms
    terms.begin()
    const hostId = terms.take(0, host[n])
    const programId = terms.take(1, program[n])
    const severityId = terms.take(2, severity[n])
    const facilityId = terms.take(3, facility[n])
    const shift = timeOfKey(key) - Math.floor(time)
    const several = terms.several ? 1 : null
    this.#sql.insertRecord.run(
      key,
      shift,
      hostId,
      programId,
      severityId,
      facilityId,
      several,
      rows.bodies[n]!,
    )
    this.#sql.insertWords.run(key, `${rows.texts[n]!} ${EVERY}${terms.words}`)
    this.#note(key, rows.received[n]!, rows.facets.severity[n])
    return key
  }

  /** Durable when it returns: the log is synced (synchronous=FULL). */
  commit(now: number): void {
    this.#about.lastStored = now
    this.#terms.flush()
    this.#counts.flush()
    const { records, firstKey, lastKey, firstReceived, lastReceived, unreceived } = this.#about
    this.#sql.updateAbout.run(records, firstKey, lastKey, firstReceived, lastReceived, unreceived, now)
    this.#sql.commit.run()
  }

  rollback(): void {
    // SQLite itself has rolled back after some errors (a full disk).
    if (this.#db.isTransaction) this.#sql.rollback.run()
    this.#reload()
  }

  /** Moves what is in the log into the file, and closes it. */
  close(): void {
    try {
      // SQLite does it only when nobody else has it open, and the readers do. One of them may be busy in it: then it
      // is for the next time.
      this.#db.exec('PRAGMA busy_timeout = 100')
      this.#sql.checkpoint.get()
    } finally {
      this.#db.close()
    }
  }

  #reload(): void {
    this.#terms.clear()
    this.#counts.clear()
    this.#about = { ...(this.#sql.readAbout.get() as unknown as About) }
    this.#keys = new KeyMint((from, to) => {
      const { last } = this.#sql.lastKey.get(from, to) as { last: number | null }
      return last ?? undefined
    }, this.#about.lastKey ?? -1)
  }

  #note(key: number, received: number, severity: FacetValue): void {
    const about = this.#about
    about.records++
    about.firstKey = Math.min(about.firstKey ?? key, key)
    about.lastKey = Math.max(about.lastKey ?? key, key)
    if (Number.isNaN(received)) about.unreceived++
    else {
      about.firstReceived = Math.min(about.firstReceived ?? received, received)
      about.lastReceived = Math.max(about.lastReceived ?? received, received)
    }
    this.#counts.add(timeOfKey(key), isSevere(severity))
  }
}

function prepareFile(db: DatabaseSync, now: number, logBytes: number): void {
  // The first read says whether it is a database at all.
  const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0] as number
  const version = pragma('user_version')
  if (version > VERSION) throw new NewerVersion(`it was made by a newer version of the store (${version})`)
  if (
    pragma('application_id') !== (version === 0 ? 0 : APPLICATION) ||
    (version === 0 && pragma('page_count') > 1)
  )
    throw new Foreign('it is a database of something else')
  db.exec(`PRAGMA page_size = ${PAGE}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`)
  db.exec(
    `PRAGMA wal_autocheckpoint = ${Math.ceil(Math.min(logBytes, MOST_LOG) / PAGE)}; PRAGMA cache_size = -16384`,
  )
  if (version === VERSION) return
  db.exec(`BEGIN; ${SCHEMA}; PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${VERSION}`)
  db.prepare('INSERT INTO about VALUES (0, NULL, NULL, NULL, NULL, 0, ?, ?)').run(now, now)
  db.exec('COMMIT')
}

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text)
  return {
    begin: sql('BEGIN IMMEDIATE'),
    commit: sql('COMMIT'),
    rollback: sql('ROLLBACK'),
    checkpoint: sql('PRAGMA wal_checkpoint(TRUNCATE)'),
    size: sql('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()'),
    findId: sql('SELECT 1 FROM ids WHERE id = ?'),
    insertId: sql('INSERT INTO ids VALUES (?, ?) ON CONFLICT DO NOTHING'),
    insertRecord: sql('INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    insertWords: sql('INSERT INTO words (rowid, text) VALUES (?, ?)'),
    lastKey: sql('SELECT max(key) AS last FROM records WHERE key >= ? AND key < ?'),
    readAbout: sql('SELECT * FROM about'),
    updateAbout: sql(
      'UPDATE about SET records = ?, firstKey = ?, lastKey = ?, firstReceived = ?, lastReceived = ?, unreceived = ?, lastStored = ?',
    ),
  }
}
