// Writes what can be read of a damaged spool into a new file beside it.

import { rmSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { accounted } from '../engine/receipt.ts'
import { carve, carveTotals } from './carve.ts'
import { firstOf } from './check.ts'
import { insertTotals, makeDatabase, sealDatabase } from './database.ts'
import { faultPoint } from './fault.ts'
import { type BatchRow, batchChecksum, filesOf, type SpoolBooks, type Totals } from './layout.ts'
import { readMark } from './mark.ts'
import { Pages } from './pages.ts'

/** Bytes in a transaction. */
const PORTION = 16 * 2 ** 20

export interface Rebuilt {
  totals: Totals
  /** Ranges of numbers, both ends included, of which nothing was found: lost, or settled before their time came. */
  missing: [from: number, to: number][]
  /** Records that are lost: more are where settled ones were found again. Undefined where the old totals do not tell. */
  lostAtLeast: number | undefined
}

/** Whoever calls it holds the lock. What is there already is neither used nor changed. */
export function rebuild(path: string): Rebuilt {
  const files = filesOf(path)
  const mark = readMark(files.mark)
  const pages = new Pages(path)
  try {
    const old = carveTotals(pages)
    const first = firstOf(pages, mark)
    // It holds nothing but room.
    rmSync(files.reserve, { force: true })
    const db = makeDatabase(files.new)
    db.exec('PRAGMA journal_mode = OFF; BEGIN')
    const tally = new Tally(first, old)
    insertAll(db, carve(pages, first), row => tally.add(row))
    const rebuilt = tally.finish(Math.max(old?.last ?? 0, mark?.last ?? 0))
    insertTotals(db, rebuilt.totals)
    db.exec('COMMIT')
    sealDatabase(db, files.new)
    return rebuilt
  } finally {
    pages.close()
  }
}

function insertAll(db: DatabaseSync, rows: Iterable<BatchRow>, note: (row: BatchRow) => void): void {
  const insert = db.prepare('INSERT INTO batches VALUES (?, ?, ?, ?, ?)')
  let portion = 0
  for (const row of rows) {
    insert.run(row.seq, row.records, row.at, batchChecksum(row), row.bytes)
    note(row)
    portion += row.bytes.length
    if (portion < PORTION) continue
    portion = 0
    db.exec('COMMIT; BEGIN')
    faultPoint('recover-built-half')
  }
}

/** What comes of the totals, when rows are missing. */
class Tally {
  readonly #old: Totals | undefined
  readonly #totals: Totals
  readonly #missing: [number, number][] = []
  #next: number
  /** Records of batches that are newer than the old totals. */
  #newer = 0

  constructor(first: number, old: Totals | undefined) {
    this.#old = old
    this.#next = first
    this.#totals = { last: 0, first: 0, batches: 0, records: 0, bytes: 0, books: { in: 0 } }
  }

  add({ seq, records, bytes }: BatchRow): void {
    const totals = this.#totals
    if (seq > this.#next) this.#missing.push([this.#next, seq - 1])
    this.#next = seq + 1
    if (totals.batches === 0) totals.first = seq
    totals.last = seq
    totals.batches++
    totals.records += records
    totals.bytes += bytes.length
    if (seq > (this.#old?.last ?? 0)) this.#newer += records
  }

  finish(last: number): Rebuilt {
    const totals = this.#totals
    totals.last = Math.max(totals.last, last)
    if (totals.batches === 0) totals.first = totals.last + 1
    if (totals.last >= this.#next) this.#missing.push([this.#next, totals.last])
    const lost = this.#balance()
    // Of batches behind the old totals, only their numbers were ever written down elsewhere.
    const isKnown = this.#missing.every(([, to]) => to <= (this.#old?.last ?? 0))
    return { totals, missing: this.#missing, lostAtLeast: isKnown ? lost : undefined }
  }

  /** Carries the books over, and makes them balance: what is neither settled nor here was lost. */
  #balance(): number | undefined {
    const totals = this.#totals
    if (!this.#old) {
      totals.books = { in: totals.records }
      return undefined
    }
    const books: SpoolBooks = { ...this.#old.books, in: this.#old.books.in + this.#newer }
    totals.books = books
    const { in: came, made = 0, ...outcomes } = books
    const lost = came + made - accounted(outcomes) - totals.records
    // What was settled and is found again will be settled again.
    if (lost < 0) books.in -= lost
    else if (lost > 0) books['dropped:spool-damaged'] = (books['dropped:spool-damaged'] ?? 0) + lost
    return Math.max(0, lost)
  }
}
