import { formatBytes } from '../../../lib/units.ts'
import { type Finding, finder, quoted } from '../finding.ts'

const found = finder('disk')

/** A folder that a daemon writes to, and what for. */
export interface UsedFolder {
  about: string
  what: 'spool' | 'store' | 'state' | 'dead letters'
  path: string
  /** Bytes that may be written there, as its options say. */
  limit?: number | undefined
  /** Bytes of them that are there already. */
  used?: number | undefined
  /** It is within another one that is looked at. */
  isWithin?: boolean
}

/** Of the file system that the folder is in, or would be made in. */
export interface DiskFacts {
  total: number
  /** Bytes for who is not root. */
  free: number
  files: number
  freeFiles: number
  /** It is in memory. */
  isMemory: boolean
  isReadOnly: boolean
}

/** The part of a limit at which it is time to do something. */
const CLOSE = 0.8
/** Below this a spool counts as full (docs/delivery.md). */
const RESERVE = 64 * 2 ** 20

/** What says where it is, and how large it may become. */
const OPTIONS = {
  spool: { folder: '--spool /var/lib/sluice', limit: '--spool-limit' },
  store: { folder: '--path /var/lib/sluice/store', limit: '--keep-bytes' },
  'dead letters': {
    folder: '--dead-letters file:///var/lib/sluice/dead.ndjson',
    limit: '--dead-letters-limit',
  },
  state: { folder: 'STATE_DIRECTORY=/var/lib/sluice', limit: '' },
} as const

/** @param disk undefined where it cannot be looked at */
export function checkFolder(folder: UsedFolder, disk: DiskFacts | undefined): Finding[] {
  const { about, what, path, isWithin } = folder
  if (isWithin) return fullLetters(folder)
  const name = what === 'state' ? `the state folder ${path}` : `the ${what} in ${path}`
  if (!disk) return [found('unknown', about, `${name}: its file system cannot be looked at`)]
  if (disk.isReadOnly) {
    const fix = `sudo mount -o remount,rw ${quoted(path)}`
    return [found('wrong', about, `${name} is on a file system that is read-only`, fix)]
  }
  return [
    ...inMemory(folder, name, disk),
    ...fullLetters(folder),
    ...littleRoom(folder, name, disk),
    ...fewInodes(folder, name, disk),
  ]
}

function inMemory({ about, what }: UsedFolder, name: string, { isMemory }: DiskFacts): Finding[] {
  if (!isMemory) return []
  const text = `${name} is in memory (tmpfs): a restart of this host loses it`
  const fix = `choose a folder on a disk, as in ${OPTIONS[what].folder}`
  return [found(what === 'state' ? 'warning' : 'wrong', about, text, fix)]
}

function littleRoom(folder: UsedFolder, name: string, { free, total }: DiskFacts): Finding[] {
  const { about, what, path, limit = 0, used = 0 } = folder
  const fix = `free some, or move it: df -h ${quoted(path)}`
  const size = formatBytes(free)
  if (what === 'spool' && free < RESERVE)
    return [found('wrong', about, `${name}: only ${size} are free, with which it counts as full`, fix)]
  if (free < total / 10)
    return [
      found('warning', about, `${name}: ${percent(free, total)} of the file system are free (${size})`, fix),
    ]
  if (limit - used <= free) return []
  const text = `${name} may grow by ${formatBytes(limit - used)}, and ${size} are free`
  return [found('warning', about, text, `${OPTIONS[what].limit} ${formatBytes(floor(free))}`)]
}

function fewInodes({ about, path }: UsedFolder, name: string, { files, freeFiles }: DiskFacts): Finding[] {
  if (files === 0 || freeFiles >= files / 20) return []
  const text = `${name}: ${percent(freeFiles, files)} of the inodes are free; a file system without any takes no new files`
  return [found('warning', about, text, `df -i ${quoted(path)}`)]
}

function percent(part: number, of: number): string {
  return `${Math.floor((100 * part) / of)} %`
}

/** When their file has its limit, the daemon waits for room in it. */
function fullLetters({ about, what, limit = 0, used = 0 }: UsedFolder): Finding[] {
  if (what !== 'dead letters' || used <= limit * CLOSE) return []
  const text = `its dead letters have ${formatBytes(used)} of ${formatBytes(limit)} (--dead-letters-limit); at the limit it waits`
  return [found('warning', about, text, 'sluice replay, which lists them and sends them in again')]
}

/** What somebody would type: whole GiB, else MiB. */
function floor(size: number): number {
  const unit = size >= 2 ** 30 ? 2 ** 30 : 2 ** 20
  return Math.max(unit, Math.floor((size * 0.9) / unit) * unit)
}

export function disksAreWell(folders: number): Finding[] {
  return folders === 0
    ? []
    : [
        found(
          'well',
          'this host',
          `there is room in ${folders === 1 ? 'the folder' : `all ${folders} folders`} that daemons write to`,
        ),
      ]
}
