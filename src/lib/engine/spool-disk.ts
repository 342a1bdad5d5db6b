import type { Receipt } from './receipt.ts'

/** A batch in the spool. */
export interface Row {
  seq: number
  records: number
  bytes: Uint8Array
}

/** What waits for the disk, for one transaction. */
export interface SpoolWork {
  append: readonly { records: number; bytes: Uint8Array }[]
  /** Rows that are acknowledged, with what became of their records. */
  settled: readonly { seq: number; receipt: Receipt }[]
  /** Rows that are given up because the spool is full; the books have them as `dropped:buffer-full`. */
  dropped: readonly number[]
}

/** What became of it. */
export interface SpoolDone {
  /** Number of the first row that was appended; the others follow one by one. */
  first: number | undefined
  /** Why nothing was appended, if there was no room. */
  full: string | undefined
}

/** The spool as the engine sees it. Whatever it throws ends the process. */
export interface SpoolDisk {
  /** All in one transaction; durable when it resolves. */
  commit(work: SpoolWork): Promise<SpoolDone>
  /** Rows after this one, in order, of about so many bytes: at least one, if there is one. */
  read(after: number, bytes: number): Promise<Row[]>
}
