import type { Receipt } from './receipt.ts'

/** A batch in the spool. */
export interface Row {
  seq: number
  records: number
  bytes: Uint8Array
}

/** What waits for the disk. */
export interface SpoolWork {
  append: { records: number; bytes: Uint8Array }[]
  /** Rows that are acknowledged, with what became of their records. */
  settled: { seq: number; receipt: Receipt }[]
  /** Rows that are given up because the spool is full. */
  dropped: number[]
}

/** What became of it: the number of the first row that was appended, or why there is no room for them. */
export interface SpoolDone {
  first: number | undefined
  full: string | undefined
}

/** The spool as the engine sees it. Whatever it throws ends the process. */
export interface SpoolDisk {
  /** All in one transaction; durable when it resolves. */
  commit(work: SpoolWork): Promise<SpoolDone>
  /** Rows after this one, in order, of about so many bytes: at least one, if there is one. */
  read(after: number, bytes: number): Promise<Row[]>
}
