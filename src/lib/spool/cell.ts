// Rows as they lie in a page of a table (https://sqlite.org/fileformat2.html#b_tree_pages and #record_format).

import { type BatchRow, PAGE, type SpoolBooks, type Totals, totalsChecksum } from './layout.ts'

/** The first byte of a page of a table: one with rows, or one that says which page has which rows. */
export const LEAF = 0x0d
export const INTERIOR = 0x05

/** Bytes of a row that a page of overflow holds, after the number of the next one. */
export const PER_OVERFLOW = PAGE - 4

/** A row of `batches`, as far as its page holds it. */
export interface BatchCell extends Omit<BatchRow, 'bytes'> {
  crc: number
  /** Bytes of the batch. */
  size: number
  /** Its first bytes; the rest begins in the page `overflow`, if that is not 0. */
  head: Buffer
  overflow: number
  /** Where the cell ends in its page. */
  end: number
}

/** The row whose cell begins here; undefined when there is nothing that looks like one. */
export function batchCellAt(page: Buffer, offset: number): BatchCell | undefined {
  const cell = cellAt(page, offset, 5)
  // The number is the key of the row, so in its column is nothing.
  if (cell?.types[0] !== 0) return undefined
  const [, records, at, crc, head] = columnsOf(page, cell)
  if (typeof records !== 'number' || typeof at !== 'number' || typeof crc !== 'number') return undefined
  if (!Buffer.isBuffer(head)) return undefined
  const { seq, isWhole, end } = cell
  const overflow = isWhole ? 0 : page.readUInt32BE(end - 4)
  return { seq, records, at, crc, size: lengthOf(cell.types[4]!), head, overflow, end }
}

/** The row of `about` in its page; undefined when there is none, or its checksum is wrong. */
export function totalsIn(page: Buffer): Totals | undefined {
  if (page.length < PAGE || page[0] !== LEAF || page.readUInt16BE(3) !== 1) return undefined
  const cell = cellAt(page, page.readUInt16BE(8), 8)
  if (!cell) return undefined
  const [, last, first, batches, records, bytes, text, crc] = columnsOf(page, cell) as number[]
  if (!Buffer.isBuffer(text)) return undefined
  const totals = { last, first, batches, records, bytes } as Omit<Totals, 'books'>
  const books = text.toString()
  if (totalsChecksum(totals, books) !== crc) return undefined
  return { ...totals, books: JSON.parse(books) as SpoolBooks }
}

interface Cell {
  seq: number
  /** Types of the columns, as the header of the record has them. */
  types: number[]
  /** Where the columns begin, where what is in this page of them ends, and where the cell ends. */
  columns: number
  local: number
  end: number
  /** Whether all of it is in this page. */
  isWhole: boolean
}

function cellAt(page: Buffer, offset: number, columns: number): Cell | undefined {
  const payload = varint(page, offset)
  const seq = varint(page, payload.end)
  const start = seq.end
  const header = page[start]
  if (header === undefined || header <= columns || header > 9 * columns) return undefined
  const types: number[] = []
  let at = start + 1
  while (at < start + header) {
    const type = varint(page, at)
    types.push(type.value)
    at = type.end
  }
  if (types.length !== columns || at !== start + header) return undefined
  // A length that is right by chance is what keeps a scan from taking anything for a cell.
  if (types.reduce((sum, type) => sum + lengthOf(type), header) !== payload.value) return undefined
  const local = start + localBytes(payload.value)
  const isWhole = local === start + payload.value
  const end = isWhole ? local : local + 4
  return end > page.length ? undefined : { seq: seq.value, types, columns: at, local, end, isWhole }
}

/** How many bytes of a record are in the page itself (#b_tree_pages: U, P, X, M and K). */
function localBytes(payload: number): number {
  const most = PAGE - 35
  if (payload <= most) return payload
  const least = Math.floor(((PAGE - 12) * 32) / 255) - 23
  const fitting = least + ((payload - least) % PER_OVERFLOW)
  return fitting <= most ? fitting : least
}

type Column = number | Buffer | undefined

/** Numbers, and of texts and blobs what is in this page. */
function columnsOf(page: Buffer, { types, columns, local }: Cell): Column[] {
  let at = columns
  return types.map(type => {
    const from = at
    at += lengthOf(type)
    if (type >= 12) return page.subarray(Math.min(from, local), Math.min(at, local))
    return at > local ? undefined : integer(page, from, type)
  })
}

const LENGTHS = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0]

function lengthOf(type: number): number {
  return type >= 12 ? Math.floor((type - 12) / 2) : (LENGTHS[type] ?? 0)
}

function integer(page: Buffer, at: number, type: number): number | undefined {
  if (type === 8 || type === 9) return type - 8
  if (type === 6) return Number(page.readBigInt64BE(at))
  return type >= 1 && type <= 5 ? page.readIntBE(at, LENGTHS[type]!) : undefined
}

/** A number of 1 to 9 bytes. What does not fit in 53 bits is none of ours; it becomes one that fits nothing. */
function varint(page: Buffer, at: number): { value: number; end: number } {
  let value = 0
  for (let n = 0; n < 8; n++) {
    const byte = page[at + n]
    if (byte === undefined) break
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) return { value, end: at + n + 1 }
  }
  // Far enough that a loop over several of them ends.
  return { value: Number.NaN, end: at + 9 }
}
