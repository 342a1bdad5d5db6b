// The rows of a spool and what is known of all of them, in one transaction each time.

import type { DatabaseSync } from 'node:sqlite'
import { addReceipt, type Receipt } from '../engine/receipt.ts'
import { prepare, readTotals, type Statements } from './database.ts'
import { DamagedSpool } from './errors.ts'
import { faultPoint } from './fault.ts'
import { type BatchRow, batchChecksum, PAGE, type Totals, totalsChecksum } from './layout.ts'

/** A batch as it is appended: NDJSON, and how many records it has. */
export interface Batch {
  records: number
  bytes: Uint8Array
}

/** A batch to delete. Without a receipt, it was dropped because the spool was full. */
export interface Removal {
  seq: number
  receipt: Receipt | undefined
}

/** What a transaction did to the files, about. */
export interface Written {
  /** Number of the first batch that was appended. */
  first: number | undefined
  /** Bytes that went into the log. */
  logged: number
  /** Bytes that the file gets shorter by, once the log is moved into it. */
  returned: number
}

/** How much of what is free in the file a commit gives back to the file system. */
export interface Return {
  /** Bytes that stay free. */
  slack: number
  /** There is hardly any room for the log, and no more is given back than SOME. */
  scarce: boolean
}

/**
 * Pages that are given back beside those that a commit frees: 1 MiB. Each costs a page in the log when the last ones of
 * the file have to be moved, or when they are more than SQLite's cache holds.
 */
const SOME = 64

export class Queue {
  readonly #db: DatabaseSync
  readonly #path: string
  readonly #sql: Statements
  #totals: Totals
  /** The last number that was read or skipped, and how many batches there are after it. */
  #read = 0
  #unread: number

  /** Throws DamagedSpool. */
  constructor(db: DatabaseSync, path: string) {
    this.#db = db
    this.#path = path
    this.#sql = prepare(db)
    const totals = readTotals(this.#sql)
    if (!totals) throw new DamagedSpool(path, 'its totals cannot be read')
    if (this.#lowest(totals.last) !== totals.first) throw new DamagedSpool(path, 'its first batch is missing')
    this.#totals = totals
    this.#unread = totals.batches
  }

  get totals(): Readonly<Totals> {
    return this.#totals
  }

  /** When the oldest batch was appended. */
  get oldest(): number | undefined {
    return (this.#sql.lowest.get() as { at: number } | undefined)?.at
  }

  /** Bytes of the file in which nothing is. */
  get inside(): number {
    return (this.#sql.freePages.get() as { freelist_count: number }).freelist_count * PAGE
  }

  /** Durable when it returns; when it throws, nothing has changed. */
  transact(removals: readonly Removal[], append: readonly Batch[], giveBack: Return): Written {
    const before = this.#totals
    const unread = this.#unread
    this.#totals = { ...before, books: { ...before.books } }
    try {
      this.#sql.begin.run()
      const { inside } = this
      for (const removal of removals) this.#remove(removal)
      faultPoint('after-delete')
      for (const batch of append) this.#insert(batch)
      faultPoint('after-insert')
      const returned = this.#giveBack(giveBack, inside)
      this.#saveTotals(removals.length > 0 || before.batches === 0)
      faultPoint('before-commit')
      this.#sql.commit.run()
      const logged = this.#totals.last - before.last + removals.length + 3
      return {
        first: append.length > 0 ? before.last + 1 : undefined,
        logged: append.reduce((sum, { bytes }) => sum + bytes.length, logged * PAGE + returned),
        returned,
      }
    } catch (error) {
      this.#totals = before
      this.#unread = unread
      // SQLite itself has rolled back after some errors.
      if (this.#db.isTransaction) this.#sql.rollback.run()
      throw error
    }
  }

  /**
   * Batches after this number, in order, without some: of so many bytes in all, but at least one if there is one. Throws
   * DamagedSpool.
   */
  read(after: number, maxBytes: number, without: ReadonlySet<number>): BatchRow[] {
    this.#skip(after)
    const rows: BatchRow[] = []
    let room = maxBytes
    for (const found of this.#sql.after.iterate(after)) {
      const row = found as unknown as BatchRow & { crc: number }
      // A flipped bit may even have made something else of the bytes.
      const isIntact = row.bytes instanceof Uint8Array && batchChecksum(row) === row.crc
      if (!isIntact) throw new DamagedSpool(this.#path, `the checksum of batch ${row.seq} is wrong`)
      if (rows.length > 0 && row.bytes.length > room) return rows
      this.#note(row.seq)
      if (without.has(row.seq)) continue
      room -= row.bytes.length
      rows.push(row)
    }
    // A page that lost its way makes rows disappear without any error.
    if (this.#unread !== 0) throw new DamagedSpool(this.#path, `${this.#unread} batches are missing in it`)
    return rows
  }

  /** Moves the log into the file; `wholly` also cuts it to nothing. */
  checkpoint(wholly: boolean): void {
    faultPoint('before-checkpoint')
    if (wholly) this.#sql.truncate.get()
    else this.#sql.checkpoint.get()
    faultPoint('after-checkpoint')
  }

  /** Whoever begins to read after this number had those before it from memory. */
  #skip(seq: number): void {
    if (seq <= this.#read) return
    this.#unread -= (this.#sql.between.get(this.#read, seq) as { batches: number }).batches
    this.#read = seq
  }

  #note(seq: number): void {
    if (seq <= this.#read) return
    this.#read = seq
    this.#unread--
  }

  #insert({ records, bytes }: Batch): void {
    const totals = this.#totals
    const row = { seq: ++totals.last, records, at: Date.now(), bytes }
    this.#sql.insert.run(row.seq, records, row.at, batchChecksum(row), bytes)
    totals.batches++
    totals.records += records
    totals.bytes += bytes.length
    totals.books.in += records
    this.#unread++
  }

  /** What is not there any more was counted when it went. */
  #remove({ seq, receipt }: Removal): void {
    const row = this.#sql.find.get(seq) as { records: number; bytes: number } | undefined
    if (!row) return
    if (typeof row.records !== 'number' || typeof row.bytes !== 'number')
      throw new DamagedSpool(this.#path, `batch ${seq} is wrong`)
    this.#sql.remove.run(seq)
    const totals = this.#totals
    totals.batches--
    totals.records -= row.records
    totals.bytes -= row.bytes
    addReceipt(totals.books, receipt ?? { 'dropped:buffer-full': row.records })
    if (seq > this.#read) this.#unread--
  }

  /**
   * The last pages of the file are moved to where it is free. As much as there is in use may stay free as well: to move
   * all that is there costs as much as writing it again.
   */
  #giveBack({ slack, scarce }: Return, before: number): number {
    const { inside } = this
    const excess = inside - Math.max(slack, this.#totals.bytes)
    const most = SOME * PAGE + (scarce ? 0 : Math.max(0, inside - before))
    const pages = Math.floor(Math.min(excess, most) / PAGE)
    if (pages <= 0) return 0
    this.#db.exec(`PRAGMA incremental_vacuum(${pages})`)
    return pages * PAGE
  }

  #saveTotals(findFirst: boolean): void {
    const totals = this.#totals
    if (findFirst) totals.first = this.#lowest(totals.last)
    const { last, first, batches, records, bytes } = totals
    const books = JSON.stringify(totals.books)
    const crc = totalsChecksum(totals, books)
    this.#sql.updateTotals.run(last, first, batches, records, bytes, books, crc)
  }

  #lowest(last: number): number {
    return (this.#sql.lowest.get() as { seq: number } | undefined)?.seq ?? last + 1
  }
}
