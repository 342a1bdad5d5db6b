// Looks at a spool that nobody uses, without changing a byte: SQLite would move its log into the file when it closes it.

import { existsSync } from 'node:fs'
import { carve, carveTotals } from './carve.ts'
import { type Inspection, inspectSpool } from './inspect.ts'
import { type BatchRow, filesOf, type Totals } from './layout.ts'
import { lockSpool } from './lock.ts'
import type { MarkLine } from './mark.ts'
import { Pages } from './pages.ts'
import { Tree, TreeDamage } from './tree.ts'

export interface Counts {
  batches: number
  records: number
  bytes: number
}

export interface CheckReport {
  isSound: boolean
  /** What is wrong; nothing when it is sound. */
  reason: string | undefined
  /** What can be read. */
  readable: Counts
  /** What its totals say, if they can be read. */
  totals: Totals | undefined
  mark: MarkLine | undefined
  log: { frames: number; commits: number; lost: number }
}

/** Reads all of it. Throws SpoolInUse, ForeignSpool, and ENOENT when there is none. */
export function checkSpool(path: string): CheckReport {
  const unlock = lockIfThere(path)
  try {
    return checkLocked(path)
  } finally {
    unlock()
  }
}

/** For who holds the lock. */
export function checkLocked(path: string): CheckReport {
  const { damage, totals: inPlace, mark } = inspectOld(path)
  const pages = new Pages(path)
  try {
    const intact = { batches: 0, records: 0, bytes: 0 }
    const reason = damage ?? treeDamage(pages, inPlace!, intact)
    const readable = reason === undefined ? intact : countAll(carve(pages, firstOf(pages, mark)))
    const totals = inPlace ?? carveTotals(pages)
    const { frames, commits, lost } = pages.walk
    const log = { frames: frames.length, commits, lost }
    return { isSound: reason === undefined, reason, readable, totals, mark, log }
  } finally {
    pages.close()
  }
}

/**
 * All batches in order, also of a damaged spool: then those that can be read, and some that were settled already.
 * Throws SpoolInUse, ForeignSpool, and ENOENT when there is none.
 */
export function* dumpSpool(path: string): Generator<BatchRow> {
  const unlock = lockIfThere(path)
  try {
    const { damage, mark } = inspectOld(path)
    const pages = new Pages(path)
    try {
      const given = damage === undefined ? yield* intact(pages) : { last: 0, isAll: false }
      if (!given.isAll) yield* carve(pages, Math.max(given.last + 1, firstOf(pages, mark)))
    } finally {
      pages.close()
    }
  } finally {
    unlock()
  }
}

/** The lowest batch that may still be there; a lower one that is found was settled. */
export function firstOf(pages: Pages, mark: MarkLine | undefined): number {
  return Math.max(1, mark?.first ?? 0, carveTotals(pages)?.first ?? 0)
}

/** Rows as long as the tree is intact. */
function* intact(pages: Pages): Generator<BatchRow, { last: number; isAll: boolean }> {
  let last = 0
  try {
    for (const row of new Tree(pages).rows()) {
      yield row
      last = row.seq
    }
    return { last, isAll: true }
  } catch (error) {
    if (!(error instanceof TreeDamage)) throw error
    return { last, isAll: false }
  }
}

function treeDamage(pages: Pages, totals: Totals, counted: Counts): string | undefined {
  try {
    const tree = new Tree(pages)
    countAll(tree.rows(), counted)
    tree.finish()
  } catch (error) {
    if (error instanceof TreeDamage) return error.message
    throw error
  }
  const isSame = (['batches', 'records', 'bytes'] as const).every(what => counted[what] === totals[what])
  return isSame ? undefined : `it has ${counted.batches} batches, but its totals say ${totals.batches}`
}

function countAll(rows: Iterable<BatchRow>, counts = { batches: 0, records: 0, bytes: 0 }): Counts {
  for (const { records, bytes } of rows) {
    counts.batches++
    counts.records += records
    counts.bytes += bytes.length
  }
  return counts
}

/** Without a lock file, nobody ever used it here: it is a copy. */
function lockIfThere(path: string): () => void {
  return existsSync(filesOf(path).lock) ? lockSpool(path) : () => {}
}

/** Throws ENOENT when there is none. */
function inspectOld(path: string): Inspection {
  const inspection = inspectSpool(path)
  if (inspection.isNew) throw Object.assign(new Error(`there is no spool ${path}`), { code: 'ENOENT' })
  return inspection
}
