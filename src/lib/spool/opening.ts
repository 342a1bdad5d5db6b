// What stands before a spool may be used: the lock, the look at its files, and SQLite's own.

import type { DatabaseSync } from 'node:sqlite'
import { isBusy, isDamage } from '../sqlite-errors.ts'
import { createSpool, openDatabase, removeUnfinished } from './database.ts'
import { DamagedSpool, SpoolInUse } from './errors.ts'
import { inspectSpool } from './inspect.ts'
import { filesOf, NOTHING, type Totals } from './layout.ts'
import { lockSpool } from './lock.ts'
import { Mark } from './mark.ts'
import { Queue } from './queue.ts'

export interface OpenSpool {
  db: DatabaseSync
  queue: Queue
  mark: Mark
  unlock: () => void
}

/** Throws SpoolInUse, DamagedSpool, ForeignSpool, and what the file system or SQLite says; then all is closed again. */
export function open(path: string): OpenSpool {
  const unlock = lockSpool(path)
  try {
    const { damage, isNew, totals } = inspectSpool(path)
    if (damage !== undefined) throw new DamagedSpool(path, damage)
    if (isNew) createSpool(path)
    else removeUnfinished(path)
    return { ...openQueue(path, totals), unlock }
  } catch (error) {
    unlock()
    throw error
  }
}

function openQueue(path: string, expected: Totals | undefined): Omit<OpenSpool, 'unlock'> {
  let db: DatabaseSync | undefined
  try {
    db = openDatabase(path)
    const queue = new Queue(db, path)
    const { last, first } = queue.totals
    return { db, queue, mark: new Mark(filesOf(path).mark, last, first) }
  } catch (error) {
    db?.close()
    // A tool has it open.
    if (isBusy(error)) throw new SpoolInUse(path)
    if (!isDamage(error) && !(error instanceof DamagedSpool)) throw error
    markDamaged(path, expected ?? NOTHING)
    throw isDamage(error) ? new DamagedSpool(path, (error as Error).message) : error
  }
}

/** What SQLite says is wrong, a look without it may not see: a recovery has to know. */
function markDamaged(path: string, { last, first }: Readonly<Totals>): void {
  const mark = new Mark(filesOf(path).mark, last, first)
  mark.damage()
  mark.close()
}
