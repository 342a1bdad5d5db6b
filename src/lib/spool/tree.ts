// Reads the rows as SQLite does, from the root of their table, and looks at every page on the way: each one has to
// belong to one thing. It is what `PRAGMA quick_check` looks at, but leaves the files alone.

import { wholeRow } from './carve.ts'
import { type BatchCell, batchCellAt, INTERIOR, LEAF } from './cell.ts'
import { ABOUT_ROOT, BATCHES_ROOT, type BatchRow, PAGE } from './layout.ts'
import type { Pages } from './pages.ts'

/** What is wrong in a tree. */
export class TreeDamage extends Error {}

/** Between two pages that say to which page any other belongs (auto_vacuum); the first is page 2. */
const PER_MAP = Math.floor(PAGE / 5) + 1
/** SQLite locks bytes there, and never uses it. */
const LOCK_PAGE = 0x40000000 / PAGE + 1

/** One pass: `rows` to the end, then `finish`. Pages that are claimed once each also keep it from going round in circles. */
export class Tree {
  readonly #pages: Pages
  readonly #count: number
  readonly #claimed: Uint8Array

  constructor(pages: Pages) {
    this.#pages = pages
    this.#count = pages.walk.pages || pages.mainImage(1).readUInt32BE(28)
    this.#claimed = new Uint8Array(this.#count + 1)
  }

  /** All rows in order. Throws TreeDamage. */
  *rows(): Generator<BatchRow> {
    let last = 0
    for (const cell of this.#cells(BATCHES_ROOT)) {
      if (cell.seq <= last) throw new TreeDamage(`batch ${cell.seq} follows batch ${last}`)
      last = cell.seq
      const row = wholeRow(cell, page => this.#take(page))
      if (!row) throw new TreeDamage(`the checksum of batch ${cell.seq} is wrong`)
      yield row
    }
  }

  /** After all rows: claims the rest, and throws TreeDamage when a page belongs to nothing. */
  finish(): void {
    this.#take(1)
    this.#take(ABOUT_ROOT)
    for (let page = 2; page <= this.#count; page += PER_MAP) this.#take(page === LOCK_PAGE ? page + 1 : page)
    this.#takeFree()
    for (let page = 1; page <= this.#count; page++)
      if (this.#claimed[page] === 0 && page !== LOCK_PAGE)
        throw new TreeDamage(`page ${page} belongs to nothing`)
  }

  /** The image of a page, which belongs to whoever asks for it. */
  #take(page: number): Buffer {
    if (page < 1 || page > this.#count) throw new TreeDamage(`there is no page ${page}`)
    if (this.#claimed[page]) throw new TreeDamage(`page ${page} belongs to two things`)
    this.#claimed[page] = 1
    const image = this.#pages.image(page)
    if (image.length < PAGE) throw new TreeDamage(`page ${page} is missing`)
    return image
  }

  *#cells(page: number): Generator<BatchCell> {
    const image = this.#take(page)
    const count = image.readUInt16BE(3)
    const pointers = image[0] === INTERIOR ? 12 : 8
    if (pointers + 2 * count > PAGE) throw new TreeDamage(`page ${page} has too many rows`)
    for (let n = 0; n < count; n++) {
      const at = image.readUInt16BE(pointers + 2 * n)
      if (image[0] === INTERIOR) yield* this.#cells(childAt(image, at))
      else yield cellOf(image, at, page)
    }
    if (image[0] === INTERIOR) yield* this.#cells(image.readUInt32BE(8))
  }

  #takeFree(): void {
    const header = this.#pages.image(1)
    let count = header.readUInt32BE(36)
    for (let trunk = header.readUInt32BE(32); trunk !== 0; ) {
      const image = this.#take(trunk)
      const leaves = image.readUInt32BE(4)
      if (leaves > PAGE / 4 - 2) throw new TreeDamage(`page ${trunk} has too many free pages`)
      for (let n = 0; n < leaves; n++) this.#claim(image.readUInt32BE(8 + 4 * n))
      count -= 1 + leaves
      trunk = image.readUInt32BE(0)
    }
    if (count !== 0) throw new TreeDamage('the number of free pages is wrong')
  }

  /** A free page may be anything, so nobody looks at it. */
  #claim(page: number): void {
    if (page < 1 || page > this.#count || this.#claimed[page])
      throw new TreeDamage(`free page ${page} is none`)
    this.#claimed[page] = 1
  }
}

function childAt(image: Buffer, at: number): number {
  if (at + 4 > PAGE) throw new TreeDamage('a row is outside of its page')
  return image.readUInt32BE(at)
}

function cellOf(image: Buffer, at: number, page: number): BatchCell {
  const cell = image[0] === LEAF ? batchCellAt(image, at) : undefined
  if (!cell) throw new TreeDamage(`page ${page} has a wrong row`)
  return cell
}
