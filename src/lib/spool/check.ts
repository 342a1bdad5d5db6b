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
    const intact = nothingSeen(damage)
    if (damage === undefined) for (const _ of intactRows(pages, inPlace!, intact));
    const { damage: reason } = intact
    const readable = reason === undefined ? intact.counts : countAll(carve(pages, firstOf(pages, mark)))
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
 * Returns what is wrong, as `checkSpool` would say it: no daemon may start between the two. Throws SpoolInUse,
 * ForeignSpool, and ENOENT when there is none.
 */
export function* dumpSpool(path: string): Generator<BatchRow, string | undefined> {
  const unlock = lockIfThere(path)
  try {
    const { damage, totals, mark } = inspectOld(path)
    const pages = new Pages(path)
    try {
      const seen = nothingSeen(damage)
      if (damage === undefined) yield* intactRows(pages, totals!, seen)
      if (seen.damage !== undefined) yield* carve(pages, Math.max(seen.last + 1, firstOf(pages, mark)))
      return seen.damage
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

/** What a walk through the rows has found so far. */
interface Seen {
  counts: Counts
  /** The last number. */
  last: number
  damage: string | undefined
}

function nothingSeen(damage: string | undefined): Seen {
  return { counts: { batches: 0, records: 0, bytes: 0 }, last: 0, damage }
}

/** Rows as long as the tree is intact. After the last one, `seen` says whether all of it is. */
function* intactRows(pages: Pages, totals: Totals, seen: Seen): Generator<BatchRow> {
  try {
    const tree = new Tree(pages)
    for (const row of tree.rows()) {
      yield row
      count(row, seen.counts)
      seen.last = row.seq
    }
    tree.finish()
    seen.damage = difference(seen.counts, totals)
  } catch (error) {
    if (!(error instanceof TreeDamage)) throw error
    seen.damage = error.message
  }
}

function difference(counts: Counts, totals: Totals): string | undefined {
  const isSame = (['batches', 'records', 'bytes'] as const).every(what => counts[what] === totals[what])
  return isSame ? undefined : `it has ${counts.batches} batches, but its totals say ${totals.batches}`
}

function countAll(rows: Iterable<BatchRow>): Counts {
  const counts = { batches: 0, records: 0, bytes: 0 }
  for (const row of rows) count(row, counts)
  return counts
}

function count({ records, bytes }: BatchRow, counts: Counts): void {
  counts.batches++
  counts.records += records
  counts.bytes += bytes.length
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
