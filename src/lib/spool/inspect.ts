// What can be said about a spool before SQLite opens it, which would already throw away what it does not believe.

import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { totalsIn } from './cell.ts'
import { ForeignSpool } from './errors.ts'
import { ABOUT_ROOT, APPLICATION, filesOf, PAGE, type Totals, VERSION } from './layout.ts'
import { type MarkLine, readMark } from './mark.ts'
import { Pages } from './pages.ts'

export interface Inspection {
  /** Whether there is nothing yet. */
  isNew: boolean
  /** Why it must not be used, if so. */
  damage: string | undefined
  mark: MarkLine | undefined
  totals: Totals | undefined
}

/**
 * Looks at the header, the log and the mark, which takes as long as reading the log. Whoever calls it holds the lock.
 * Throws ForeignSpool.
 */
export function inspectSpool(path: string): Inspection {
  const mark = readMark(filesOf(path).mark)
  const pages = new Pages(path)
  try {
    const isNew = !pages.hasMain && pages.walk.frames.length === 0 && !mark?.last
    const totals = totalsIn(pages.image(ABOUT_ROOT))
    const damage = unfinishedRecovery(path) ?? (isNew ? undefined : damageOf(path, pages, mark, totals))
    return { isNew, damage, mark, totals }
  } finally {
    pages.close()
  }
}

/** The word that a recovery ends the new file's name with, before it takes the place of the old one. */
export const RECOVERED = '.recovered-'

function unfinishedRecovery(path: string): string | undefined {
  if (!existsSync(dirname(path))) return undefined
  const start = basename(path) + RECOVERED
  const found = readdirSync(dirname(path)).some(name => name.startsWith(start))
  return found ? 'a recovery of it was interrupted; run it again' : undefined
}

function damageOf(path: string, pages: Pages, mark: MarkLine | undefined, totals: Totals | undefined) {
  if (!pages.hasMain) return 'its main file is missing'
  return (
    damageOfHeader(path, pages, mark) ??
    damageOfLog(pages) ??
    damageOfSize(pages) ??
    damageOfEnd(totals, mark)
  )
}

/** Of a file that has a mark, we know that it was ours. */
function damageOfHeader(path: string, pages: Pages, mark: MarkLine | undefined): string | undefined {
  const header = pages.mainImage(1)
  const number = (offset: number) => (header.length >= PAGE ? header.readUInt32BE(offset) : -1)
  const isDatabase = header.toString('latin1', 0, 16) === 'SQLite format 3\0'
  if (isDatabase && !mark) {
    if (number(68) !== APPLICATION) throw new ForeignSpool(path, 'it is a database of something else')
    if (number(60) > VERSION) throw new ForeignSpool(path, `it was made by a newer version (${number(60)})`)
  }
  if (!mark && !isDatabase && pages.size > 0 && !totalsIn(pages.image(ABOUT_ROOT)))
    throw new ForeignSpool(path, 'it is no database')
  const isOurs = isDatabase && number(68) === APPLICATION && number(60) === VERSION
  // Size of a page, of the log's mode, and four bytes that are the same in any database.
  const isAsMade =
    isOurs &&
    header.readUInt16BE(16) === PAGE &&
    number(18) === 0x02020040 &&
    header.readUInt16BE(22) === 0x2020
  return isAsMade ? undefined : 'the header of its file is wrong'
}

function damageOfLog({ walk }: Pages): string | undefined {
  if (walk.lost < 2) return undefined
  return `${walk.lost} commits follow a wrong checksum in its log`
}

/** What SQLite does not find in a file that was cut, it takes for zeros. */
function damageOfSize(pages: Pages): string | undefined {
  const wanted = pages.walk.pages || pages.mainImage(1).readUInt32BE(28)
  for (let page = Math.floor(pages.size / PAGE) + 1; page <= wanted; page++)
    if (!pages.taken.has(page)) return 'its file is too short'
  return undefined
}

/** SQLite takes a log that was cut at the end of a commit for all there was. */
function damageOfEnd(totals: Totals | undefined, mark: MarkLine | undefined): string | undefined {
  if (!totals) return 'its totals cannot be read'
  if (!mark) return undefined
  if (totals.last < mark.last)
    return `it ends at batch ${totals.last}, but ${mark.last} was committed: the end of its log is missing`
  if (mark.damaged) return 'a wrong batch was found in it'
  return undefined
}
