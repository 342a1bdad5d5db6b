import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Query } from '../../lib/query/index.ts'
import { type Candidates, candidatesOf } from './candidates.ts'
import { PER_MILLISECOND, timeOfKey } from './key.ts'
import { type About, EVERY, FACETS, type PartitionFile, VERSION } from './layout.ts'

/** Keys from (inclusive) to (exclusive). */
export interface KeyRange {
  from: number
  to: number
}

export type Direction = 'newest' | 'oldest'

/** A record as it lies there. */
export interface Found {
  key: number
  /** When its event was, epoch milliseconds. */
  time: number
  /** JSON. */
  body: string
}

const SEVERE: Query = { kind: 'rank', operator: '<=', rank: 3 }
const MINUTE = 60_000 * PER_MILLISECOND
const EVERYTHING = `"${EVERY}"`

/** Reads one partition, while somebody else may be writing it. */
export class PartitionReader {
  readonly number: number
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** Throws what SQLite says, also of a file that is no partition yet. */
  constructor({ path, number }: PartitionFile) {
    this.number = number
    this.#db = new DatabaseSync(path, { readOnly: true })
    const { user_version: version } = this.#db.prepare('PRAGMA user_version').get() as {
      user_version: number
    }
    if (version !== VERSION) {
      this.#db.close()
      throw new Error(`it is not a partition of version ${VERSION}, but ${version}`)
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

  /** Candidates in the order of time, as many as are asked for: an iterator holds a lock, so take them and go. */
  find({ match }: Candidates, range: KeyRange, direction: Direction, limit = -1): Iterable<Found> {
    const order = direction === 'newest' ? 'DESC' : 'ASC'
    const found =
      match === undefined
        ? this.#sql(
            `SELECT key, shift, body FROM records WHERE key >= ? AND key < ? ORDER BY key ${order} LIMIT ?`,
          ).iterate(range.from, range.to, limit)
        : this.#sql(
            `SELECT key, shift, body FROM words CROSS JOIN records ON key = words.rowid
             WHERE words MATCH ? AND words.rowid >= ? AND words.rowid < ? ORDER BY words.rowid ${order} LIMIT ?`,
          ).iterate(match, range.from, range.to, limit)
    return map(found as Iterable<{ key: number; shift: number; body: string }>, ({ key, shift, body }) => ({
      key,
      time: timeOfKey(key) - shift,
      body,
    }))
  }

  // Numbers of JavaScript are bound as REAL, by which division is not whole.
  /** How many candidates, and how many severe ones, there are in each step of time. Steps are by their number since 1970. */
  count(query: Query, { match }: Candidates, range: KeyRange, step: number): Map<number, [number, number]> {
    const counts = new Map<number, [number, number]>()
    const add = (rows: Iterable<{ step: number; records: number; severe?: number }>, column: 0 | 1 = 0) => {
      for (const { step, records, severe = 0 } of rows) {
        const count = counts.get(step) ?? [0, 0]
        count[column] += records
        count[1] += severe
        counts.set(step, count)
      }
    }
    const inIndex = (match: string | undefined, { from, to }: KeyRange, column: 0 | 1) => {
      if (from >= to || match === undefined) return
      const sql = `SELECT rowid / CAST(? AS INTEGER) AS step, count(*) AS records FROM words
        WHERE words MATCH ? AND rowid >= ? AND rowid < ? GROUP BY 1`
      add(this.#sql(sql).iterate(step * PER_MILLISECOND, match, from, to) as never, column)
    }
    const both = (range: KeyRange) => {
      inIndex(match ?? EVERYTHING, range, 0)
      const severe = this.candidates({ kind: 'and', parts: [query, SEVERE] })
      if (severe.possible) inIndex(severe.match, range, 1)
    }
    const minutes = { from: Math.ceil(range.from / MINUTE), to: Math.floor(range.to / MINUTE) }
    if (match !== undefined || step % 60_000 !== 0 || minutes.from >= minutes.to) both(range)
    else {
      // Whole minutes of everything are counted already.
      both({ from: range.from, to: minutes.from * MINUTE })
      const sql = `SELECT minute * 60000 / CAST(? AS INTEGER) AS step, sum(records) AS records, sum(severe) AS severe FROM minutes
        WHERE minute >= ? AND minute < ? GROUP BY 1`
      add(this.#sql(sql).iterate(step, minutes.from, minutes.to) as never)
      both({ from: minutes.to * MINUTE, to: range.to })
    }
    return counts
  }

  /** The terms of the newest candidates: for each facet how often which term. Returns how many records were looked at. */
  countTerms({ match }: Candidates, range: KeyRange, limit: number, into: Map<string, number>[]): number {
    const columns = FACETS.join(', ')
    const rows =
      match === undefined
        ? this.#sql(
            `SELECT ${columns} FROM records WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT ?`,
          ).iterate(range.from, range.to, limit)
        : this.#sql(
            `SELECT ${columns} FROM words CROSS JOIN records ON key = words.rowid
             WHERE words MATCH ? AND words.rowid >= ? AND words.rowid < ? ORDER BY words.rowid DESC LIMIT ?`,
          ).iterate(match, range.from, range.to, limit)
    const counts = FACETS.map(() => new Map<number, number>())
    let seen = 0
    for (const row of rows as Iterable<Record<string, number | null>>) {
      seen++
      FACETS.forEach((facet, n) => {
        const id = row[facet]
        if (typeof id === 'number') counts[n]!.set(id, (counts[n]!.get(id) ?? 0) + 1)
      })
    }
    const value = this.#sql('SELECT value FROM terms WHERE id = ?')
    counts.forEach((facet, n) => {
      for (const [id, count] of facet) addTo(into[n]!, (value.get(id) as { value: string }).value, count)
    })
    return seen
  }

  /** The terms of all records. */
  allTerms(into: Map<string, number>[]): void {
    const rows = this.#sql('SELECT facet, value, count FROM terms').iterate()
    for (const { facet, value, count } of rows as Iterable<{ facet: number; value: string; count: number }>)
      addTo(into[facet]!, value, count)
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

function addTo(counts: Map<string, number>, value: string, count: number): void {
  counts.set(value, (counts.get(value) ?? 0) + count)
}

function* map<A, B>(items: Iterable<A>, f: (item: A) => B): Generator<B> {
  for (const item of items) yield f(item)
}
