// Makes a sound spool of what can be read of a damaged one, which is kept beside it. Killed at any moment, it goes on at
// the next run: until the new file is complete the old one is not touched, and from then on its name says so.

import { existsSync, linkSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isFull } from '../sqlite-errors.ts'
import { formatBytes } from '../units.ts'
import { checkLocked } from './check.ts'
import { removeUnfinished, syncFile } from './database.ts'
import { isNoSpace } from './errors.ts'
import { faultPoint } from './fault.ts'
import { RECOVERED } from './inspect.ts'
import { filesOf } from './layout.ts'
import { lockSpool } from './lock.ts'
import { type Rebuilt, rebuild } from './rebuild.ts'

export interface RecoverReport {
  /** There was nothing to do. */
  wasSound: boolean
  reason: string | undefined
  batches: number
  records: number
  bytes: number
  missing: Rebuilt['missing']
  lostAtLeast: number | undefined
  /** Where the damaged file is now. */
  aside: string | undefined
}

/**
 * Afterwards the spool can be opened. The report is also beside the damaged file, as JSON. Throws SpoolInUse, ForeignSpool,
 * ENOENT when there is none, and ENOSPC when the disk has no room for a second copy.
 */
export function recoverSpool(path: string): RecoverReport {
  const unlock = lockSpool(path)
  try {
    const ready = readyIn(path)
    if (ready !== undefined) return finish(path, ready)
    const { isSound, reason, readable } = checkLocked(path)
    if (isSound) return { wasSound: true, reason, ...readable, missing: [], lostAtLeast: 0, aside: undefined }
    faultPoint('recover-begin')
    removeUnfinished(path)
    return finish(path, prepare(path, reason!))
  } finally {
    unlock()
  }
}

/** Builds the new file. Its name is the sign that it is complete. */
function prepare(path: string, reason: string): string {
  const files = filesOf(path)
  const stamp = freeStamp(path)
  const aside = asideOf(path, stamp)
  const { totals, missing, lostAtLeast } = rebuildOrTidy(path)
  faultPoint('recover-built')
  const { batches, records, bytes } = totals
  const report = { wasSound: false, reason, batches, records, bytes, missing, lostAtLeast, aside }
  writeFileSync(`${files.new}.json`, `${JSON.stringify(report, undefined, 2)}\n`)
  syncFile(`${files.new}.json`)
  faultPoint('recover-report')
  renameSync(files.new, path + RECOVERED + stamp)
  syncFile(dirname(path))
  faultPoint('recover-ready')
  return stamp
}

function rebuildOrTidy(path: string): Rebuilt {
  try {
    return rebuild(path)
  } catch (error) {
    if (!isFull(error) && !isNoSpace(error)) throw error
    removeUnfinished(path)
    const size = formatBytes(statSync(path, { throwIfNoEntry: false })?.size ?? 0)
    const message = `recovering ${path} takes as much room again on its disk, up to ${size}, which is not there`
    throw Object.assign(new Error(message), { code: 'ENOSPC' })
  }
}

/** Moves the old files aside, those that are still there, and then the new one into their place. */
function finish(path: string, stamp: string): RecoverReport {
  const files = filesOf(path)
  const aside = asideOf(path, stamp)
  const moves = [
    [files.wal, `${aside}-wal`],
    [files.mark, `${aside}.mark`],
    [`${files.new}.json`, `${aside}.json`],
  ] as const
  for (const [from, to] of moves) {
    if (existsSync(from)) renameSync(from, to)
    faultPoint('recover-moved-one')
  }
  keep(path, aside)
  faultPoint('recover-moved-one')
  syncFile(dirname(path))
  faultPoint('recover-moved-all')
  renameSync(path + RECOVERED + stamp, path)
  syncFile(dirname(path))
  faultPoint('recover-done')
  return JSON.parse(readFileSync(`${aside}.json`, 'utf8')) as RecoverReport
}

/** Under both names until the new one takes its place: at no time is there no spool, as if there had never been one. */
function keep(path: string, aside: string): void {
  if (!existsSync(path) || existsSync(aside)) return
  try {
    linkSync(path, aside)
  } catch {
    // Not every file system can.
    renameSync(path, aside)
  }
}

/** The stamp of a recovery that got as far as that. */
function readyIn(path: string): string | undefined {
  const start = basename(path) + RECOVERED
  return readdirSync(dirname(path))
    .find(name => name.startsWith(start))
    ?.slice(start.length)
}

function asideOf(path: string, stamp: string): string {
  return `${path}.damaged-${stamp}`
}

/** The time, as a file name, of which there is none yet. */
function freeStamp(path: string): string {
  const now = new Date().toISOString().replace(/[-:.]/g, '')
  const taken = readdirSync(dirname(path)).map(name => join(dirname(path), name))
  for (let n = 1; ; n++) {
    const stamp = n === 1 ? now : `${now}-${n}`
    if (!taken.some(name => name.startsWith(asideOf(path, stamp)))) return stamp
  }
}
