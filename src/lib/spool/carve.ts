// Finds the rows of a spool in the images of its pages, without believing anything else in them: neither the header, nor
// which page belongs to what, nor how many rows a page says that it has. Only a row whose checksum matches counts.

import { type BatchCell, batchCellAt, LEAF, PER_OVERFLOW, totalsIn } from './cell.ts'
import { ABOUT_ROOT, type BatchRow, batchChecksum, PAGE, type Totals } from './layout.ts'
import { type Overlay, overlay, type Pages } from './pages.ts'
import { FRAME } from './wal.ts'

/** Bytes of the header of a row's record: one for itself, one for each of four columns, and one to five for the blob. */
const LEAST_HEADER = 6
const MOST_HEADER = 10
/** Bytes of the two numbers before it, its length and that of the batch. */
const MOST_NUMBERS = 14
/** Pages that are read at once. */
const AT_ONCE = 64

/** Where something that looks like a row was found: in the file at this offset, or in the log at minus this offset. */
interface Places {
  seqs: number[]
  at: number[]
}

/** All rows from this number on, in order, each once. A freed page may still have a row that was settled. */
export function* carve(pages: Pages, from: number): Generator<BatchRow> {
  const places = findRows(pages, from)
  const views = viewsOf(pages)
  let last: number | undefined
  for (const n of inOrder(places)) {
    const seq = places.seqs[n]!
    if (seq === last) continue
    const row = readPlace(pages, places.at[n]!, views)
    if (!row) continue
    last = seq
    yield row
  }
}

/** The newest totals that can be read. */
export function carveTotals(pages: Pages): Totals | undefined {
  for (const { page, offset } of pages.walk.frames.toReversed()) {
    const totals = page === ABOUT_ROOT ? totalsIn(pages.walImage(offset)) : undefined
    if (totals) return totals
  }
  return totalsIn(pages.mainImage(ABOUT_ROOT))
}

/** Puts the row together of its pages; undefined when one is missing, or the checksum is wrong. */
export function wholeRow(cell: BatchCell, image: (page: number) => Buffer): BatchRow | undefined {
  const parts = [cell.head]
  let left = cell.size - cell.head.length
  for (let next = cell.overflow; left > 0; ) {
    const page = image(next)
    const part = page.subarray(4, 4 + Math.min(left, PER_OVERFLOW))
    if (next === 0 || part.length === 0) return undefined
    parts.push(part)
    left -= part.length
    next = page.readUInt32BE(0)
  }
  const { seq, records, at } = cell
  const row = { seq, records, at, bytes: new Uint8Array(Buffer.concat(parts)) }
  return batchChecksum(row) === cell.crc ? row : undefined
}

/** In the newest image of each page, and in frames with a wrong checksum, whatever page they are of. */
function findRows(pages: Pages, from: number): Places {
  const places: Places = { seqs: [], at: [] }
  const note = (seq: number, at: number) => {
    if (seq < from) return
    places.seqs.push(seq)
    places.at.push(at)
  }
  const { frames } = pages.walk
  const newest = overlay(frames.filter(frame => frame.verified))
  for (let offset = 0; offset < pages.size; offset += AT_ONCE * PAGE) {
    const chunk = pages.read(offset, AT_ONCE * PAGE)
    for (let at = 0; at < chunk.length; at += PAGE)
      // An older image still has what was settled since.
      if (!newest.has((offset + at) / PAGE + 1))
        scan(chunk.subarray(at, at + PAGE), (seq, inPage) => note(seq, offset + at + inPage))
  }
  for (const { page, offset, verified } of frames)
    if (!verified || newest.get(page) === offset)
      scan(pages.walImage(offset), (seq, inPage) => note(seq, -(offset + inPage)))
  return places
}

/**
 * Looks for the header of a row's record, wherever one may be: for its length, and that of a NULL. One bit of the byte
 * that says which kind of page it is may be wrong.
 */
function scan(page: Buffer, found: (seq: number, at: number) => void): void {
  const wrong = page[0]! ^ LEAF
  if ((wrong & (wrong - 1)) !== 0) return
  for (let zero = 9; zero < page.length; zero++) {
    const header = page[zero - 1]!
    if (page[zero] !== 0 || header < LEAST_HEADER || header > MOST_HEADER) continue
    for (let at = zero - 3; at >= Math.max(8, zero - 1 - MOST_NUMBERS); at--) {
      const cell = batchCellAt(page, at)
      if (cell) found(cell.seq, at)
    }
  }
}

/** By number; of the same number, the newest image first. */
function inOrder({ seqs, at }: Places): Uint32Array {
  return Uint32Array.from(seqs.keys()).sort((a, b) => seqs[a]! - seqs[b]! || at[a]! - at[b]!)
}

/** What the pages may be, the likeliest first: a frame with a wrong checksum may be of another page than it says. */
function viewsOf({ walk }: Pages): Overlay[] {
  const verified = walk.frames.filter(frame => frame.verified)
  const views = [overlay(verified)]
  if (verified.length < walk.frames.length) views.push(overlay(walk.frames))
  if (walk.frames.length > 0) views.push(new Map())
  return views
}

function readPlace(pages: Pages, at: number, views: readonly Overlay[]): BatchRow | undefined {
  const start = at < 0 ? imageStart(pages, -at) : at - (at % PAGE)
  const image = at < 0 ? pages.walImage(start) : pages.read(start, PAGE)
  const cell = batchCellAt(image, Math.abs(at) - start)
  if (!cell || cell.size > pages.bytes) return undefined
  for (const view of views) {
    const row = wholeRow(cell, page => pages.image(page, view))
    if (row) return row
  }
  return undefined
}

/** Where the image begins that has this byte of the log. */
function imageStart({ walk }: Pages, at: number): number {
  const first = walk.frames[0]!.offset
  const frame = Math.floor((at - first) / FRAME)
  return first + frame * FRAME
}
