import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Query } from '../../lib/query/index.ts'
import { type Candidates, candidatesOf } from './candidates.ts'
import { type KeyRange, PER_MILLISECOND, timeOfKey } from './key.ts'
import { type About, EVERY, FACETS, type PartitionFile, VERSION } from './layout.ts'

export type Direction = 'newest' | 'oldest'

/** A record as it lies there. */
export interface Found {
  key: number
  /** When its event was, epoch milliseconds. */
  time: number
  /** JSON. */
  body: string
}

/** A file that is no partition, or is just being made into one: then its version is 0. */
export class NoPartition extends Error {
  readonly version: number

  constructor(version: number) {
    super(`it is not a partition of version ${VERSION}, but ${version}`)
    this.version = version
  }
}

const EVERYTHING = `"${EVERY}"`

/** Reads one partition, while somebody else may be writing it. */
export class PartitionReader {
  readonly number: number
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** Throws what SQLite says, also of a file that is no partition yet. */
  constructor({ path, number }: PartitionFile) {
    this.number = number
    // The writer locks it for a moment when it opens and closes it.
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: 1000 })
    try {
      const { user_version: version } = this.#db.prepare('PRAGMA user_version').get() as {
        user_version: number
      }
      if (version !== VERSION) throw new NoPartition(version)
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  about(): About {
    return this.#sql('SELECT * FROM about').get() as unknown as About
  }

  close(): void {
    this.#db.close()
  }

  /** What of a query the index knows. */
  candidates(query: Query): Candidates {
    return candidatesOf(query, (facet, folded, prefix) => {
      const rows = prefix
        ? this.#sql('SELECT id FROM terms WHERE facet = ? AND folded >= ? AND folded < ?').all(
            facet,
            folded,
            `${folded}\u{10FFFF}`,
          )
        : this.#sql('SELECT id FROM terms WHERE facet = ? AND folded = ?').all(facet, folded)
      return rows.map(row => row.id as number)
    })
  }

  /**
   * Candidates in the order of time, as many as are asked for, and only those whose JSON holds the `text`. An iterator
   * holds a lock: take them and go.
   */
  find(
    candidates: Candidates,
    range: KeyRange,
    direction: Direction,
    limit = -1,
    text = '',
  ): Iterable<Found> {
    const rows = this.#select('key, shift, body', candidates, range, direction, limit, text)
    return map(rows as Iterable<{ key: number; shift: number; body: string }>, ({ key, shift, body }) => ({
      key,
      time: timeOfKey(key) - shift,
      body,
    }))
  }

  /** How many candidates there are in each step of time. Steps are by their number since 1970. */
  count({ match }: Candidates, range: KeyRange, step: number): Map<number, number> {
    const sql = `SELECT rowid / CAST(? AS INTEGER) AS step, count(*) AS records FROM words
      WHERE words MATCH ? AND ${inRange('rowid')} GROUP BY 1`
    const rows = this.#rows(sql, step * PER_MILLISECOND, match ?? EVERYTHING, range.from, range.to)
    return new Map(map(rows as Iterable<{ step: number; records: number }>, row => [row.step, row.records]))
  }

  /** The same of all records in whole seconds or minutes, from (inclusive) to (exclusive), and how many are severe. */
  countUnits(unit: 'second' | 'minute', range: KeyRange, step: number): Map<number, [number, number]> {
    const milliseconds = unit === 'second' ? 1000 : 60_000
    const sql = `SELECT ${unit} * ${milliseconds} / CAST(? AS INTEGER) AS step, sum(records) AS records, sum(severe) AS severe
      FROM ${unit}s WHERE ${unit} >= ? AND ${unit} < ? GROUP BY 1`
    const rows = this.#rows(sql, step, range.from, range.to)
    return new Map(
      map(rows as Iterable<{ step: number; records: number; severe: number }>, row => [
        row.step,
        [row.records, row.severe],
      ]),
    )
  }

  /**
   * Counts the terms of the newest candidates, by facet. Records that have several values of a facet are given to
   * `several` instead. Returns how many records were looked at.
   */
  countTerms(
    candidates: Candidates,
    range: KeyRange,
    limit: number,
    into: readonly Map<string, number>[],
    several: (body: string) => void,
  ): number {
    const columns = `${FACETS.join(', ')}, CASE WHEN several THEN body END AS body`
    const counts = FACETS.map(() => new Map<number, number>())
    let seen = 0
    for (const row of this.#select(columns, candidates, range, 'newest', limit)) {
      seen++
      if (row.body) several(row.body as string)
      else
        FACETS.forEach((facet, n) => void (typeof row[facet] === 'number' && add(counts[n]!, row[facet], 1)))
    }
    const value = this.#sql('SELECT value FROM terms WHERE id = ?')
    counts.forEach((facet, n) => {
      for (const [id, count] of facet) add(into[n]!, (value.get(id) as { value: string }).value, count)
    })
    return seen
  }

  /** The terms of all records. */
  allTerms(into: Map<string, number>[]): void {
    const rows = this.#rows('SELECT facet, value, count FROM terms')
    for (const { facet, value, count } of rows as Iterable<{ facet: number; value: string; count: number }>)
      add(into[facet]!, value, count)
  }

  #select(
    columns: string,
    { match }: Candidates,
    range: KeyRange,
    direction: Direction,
    limit: number,
    text = '',
  ) {
    const order = direction === 'newest' ? 'DESC' : 'ASC'
    const holds = text === '' ? '?' : 'instr(body, ?)'
    if (match === undefined) {
      const sql = `SELECT ${columns} FROM records WHERE ${inRange('key')} AND ${holds} ORDER BY key ${order} LIMIT ?`
      return this.#rows(sql, range.from, range.to, text || 1, limit)
    }
    const sql = `SELECT ${columns} FROM words CROSS JOIN records ON key = words.rowid
      WHERE words MATCH ? AND ${inRange('words.rowid')} AND ${holds} ORDER BY words.rowid ${order} LIMIT ?`
    return this.#rows(sql, match, range.from, range.to, text || 1, limit)
  }

  /** A statement that has failed once says so again when it is used the next time: such a one is thrown away. */
  *#rows(sql: string, ...values: (string | number)[]): Generator<Record<string, unknown>> {
    try {
      yield* this.#sql(sql).iterate(...values)
    } catch (error) {
      this.#statements.delete(sql)
      throw error
    }
  }

  #sql(text: string): StatementSync {
    let statement = this.#statements.get(text)
    if (!statement) {
      statement = this.#db.prepare(text)
      this.#statements.set(text, statement)
    }
    return statement
  }
}

/**
 * Numbers of JavaScript are bound as REAL, and of those FTS5 takes no notice: it would walk through the whole index
 * (59 ms instead of 2 for a page far back in 300,000 records). Divisions would not be whole either.
 */
function inRange(column: string): string {
  return `${column} >= CAST(? AS INTEGER) AND ${column} < CAST(? AS INTEGER)`
}

export function add<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count)
}

function* map<A, B>(items: Iterable<A>, f: (item: A) => B): Generator<B> {
  for (const item of items) yield f(item)
}
