// How a spool lies on disk: one SQLite file with its write-ahead log, and small files beside it.

import { crc32 } from 'node:zlib'
import type { Receipt } from '../engine/receipt.ts'

/**
 * Bytes of a page. Measured with batches of 64 KiB, records of 200 bytes, four batches a commit, on ext4: 4 KiB 0.98
 * million records/s, 8 KiB 1.22, 16 KiB 1.35, 32 KiB 1.25, 64 KiB less than 1.1. Each commit writes a few pages besides.
 */
export const PAGE = 16_384

/** Of a file of ours, in its header (`PRAGMA application_id`): "SluS". */
export const APPLICATION = 0x536c7553
/** `PRAGMA user_version` of the tables below. */
export const VERSION = 1

/**
 * - `about`: one row, written in each transaction, so that nothing has to be counted when it is opened. `last` is the
 *   highest number ever given, `first` the lowest of a batch that is there, or `last` + 1. `books` is JSON.
 * - `batches`: what was appended and not settled yet; `at` is when, in epoch milliseconds.
 *
 * Both carry a checksum, since SQLite has none for what is in its file.
 */
export const SCHEMA = `
  CREATE TABLE about (
    id INTEGER PRIMARY KEY, last INTEGER NOT NULL, first INTEGER NOT NULL,
    batches INTEGER NOT NULL, records INTEGER NOT NULL, bytes INTEGER NOT NULL,
    books TEXT NOT NULL, crc INTEGER NOT NULL
  );
  CREATE TABLE batches (
    seq INTEGER PRIMARY KEY, records INTEGER NOT NULL, at INTEGER NOT NULL, crc INTEGER NOT NULL, bytes BLOB NOT NULL
  );
`

// Where the tables begin, which never changes; page 2 belongs to SQLite's auto_vacuum.
export const ABOUT_ROOT = 3
export const BATCHES_ROOT = 4

/** What became of all records that came in, and how many came. */
export type SpoolBooks = Receipt & { in: number }

/** The row of `about`, without its checksum. */
export interface Totals {
  last: number
  first: number
  batches: number
  records: number
  bytes: number
  books: SpoolBooks
}

export const NOTHING: Readonly<Totals> = {
  last: 0,
  first: 1,
  batches: 0,
  records: 0,
  bytes: 0,
  books: { in: 0 },
}

/** A row of `batches`. */
export interface BatchRow {
  seq: number
  records: number
  at: number
  bytes: Uint8Array
}

/** Over all of a row: a flipped bit in its number or its count matters as well. Signed, for SQLite's smaller integers. */
export function batchChecksum({ seq, records, at, bytes }: BatchRow): number {
  return crc32(bytes, crc32(`${seq} ${records} ${at}\n`)) | 0
}

export function totalsChecksum(totals: Omit<Totals, 'books'>, books: string): number {
  const { last, first, batches, records, bytes } = totals
  return crc32([last, first, batches, records, bytes, books].join(' ')) | 0
}

/** The files of a spool. Those with `new` in their name are not finished: whoever finds one may delete it. */
export function filesOf(path: string) {
  return {
    main: path,
    wal: `${path}-wal`,
    /** Room on the disk, given up when nothing else can be deleted any more. */
    reserve: `${path}.reserve`,
    mark: `${path}.mark`,
    lock: `${path}.lock`,
    new: `${path}.new`,
  }
}
