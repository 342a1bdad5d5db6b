import { formatBytes } from '../../../lib/units.ts'
import { type Finding, finder, quoted } from '../finding.ts'

const found = finder('disk')

/** A folder that a daemon writes to, and what for. */
export interface UsedFolder {
  about: string
  what: 'spool' | 'store' | 'state'
  path: string
  /** Bytes that may be written there, as its options say. */
  limit?: number | undefined
  /** Bytes of them that are there already. */
  used?: number | undefined
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

/** Below this a spool counts as full (docs/delivery.md). */
const RESERVE = 64 * 2 ** 20

export function checkFolder(folder: UsedFolder, disk: DiskFacts | undefined): Finding[] {
  const { about, what, path, limit, used = 0 } = folder
  const name = what === 'state' ? `the state folder ${path}` : `the ${what} in ${path}`
  if (!disk) return [found('unknown', about, `${name}: its file system cannot be looked at`)]
  const { free, total, files, freeFiles, isMemory, isReadOnly } = disk
  if (isReadOnly)
    return [
      found(
        'wrong',
        about,
        `${name} is on a file system that is read-only`,
        `sudo mount -o remount,rw ${quoted(path)}`,
      ),
    ]
  const findings: Finding[] = []
  const percent = (part: number, of: number) => `${Math.floor((100 * part) / of)} %`
  const room = `free some, or move it: df -h ${quoted(path)}`
  if (isMemory)
    findings.push(
      found(
        what === 'state' ? 'warning' : 'wrong',
        about,
        `${name} is in memory (tmpfs): a restart of this host loses it`,
        `choose a folder on a disk, as in --${what === 'store' ? 'path' : 'spool'} /var/lib/sluice`,
      ),
    )
  if (what === 'spool' && free < RESERVE)
    findings.push(
      found(
        'wrong',
        about,
        `${name}: only ${formatBytes(free)} are free, with which it counts as full`,
        room,
      ),
    )
  else if (free < total / 10)
    findings.push(
      found(
        'warning',
        about,
        `${name}: ${percent(free, total)} of the file system are free (${formatBytes(free)})`,
        room,
      ),
    )
  else if (limit !== undefined && limit - used > free)
    findings.push(
      found(
        'warning',
        about,
        `${name} may grow by ${formatBytes(limit - used)}, and ${formatBytes(free)} are free`,
        what === 'store'
          ? `--keep-bytes ${formatBytes(floor(free))}`
          : `--spool-limit ${formatBytes(floor(free))}`,
      ),
    )
  if (files > 0 && freeFiles < files / 20)
    findings.push(
      found(
        'warning',
        about,
        `${name}: ${percent(freeFiles, files)} of the inodes are free; a file system without any takes no new files`,
        `df -i ${quoted(path)}`,
      ),
    )
  return findings
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

const foundSpool = finder('spools')

/** A spool, as it was found. */
export interface SpoolFacts {
  file: string
  /** The daemon that has it open, by its own words. */
  open?: { about: string; bytes: number; limit: number; age: number | null } | undefined
  /** Of one that nobody has open. Undefined: it was not looked into. */
  closed?: { isSound: boolean; reason?: string | undefined; records: number } | undefined
}

const HOUR = 3_600_000

export function checkSpool({ file, open, closed }: SpoolFacts): Finding[] {
  if (open) {
    const { about, bytes, limit, age } = open
    const part = `${formatBytes(bytes)} of ${formatBytes(limit)}`
    if (bytes > limit * 0.8)
      return [
        foundSpool(
          'warning',
          about,
          `its spool is nearly full: ${part}`,
          'see what it waits for: sluice ledger',
        ),
      ]
    if (age !== null && age > HOUR)
      return [
        foundSpool(
          'warning',
          about,
          `the oldest record in its spool has waited for ${Math.floor(age / HOUR)} h (${part})`,
          'see what it waits for: sluice ledger',
        ),
      ]
    return []
  }
  if (!closed) return [foundSpool('unknown', file, 'it cannot be looked into')]
  if (!closed.isSound)
    return [
      foundSpool('wrong', file, `it is damaged: ${closed.reason}`, `sluice spool recover ${quoted(file)}`),
    ]
  if (closed.records > 0)
    return [
      foundSpool(
        'warning',
        file,
        `${closed.records} records wait in it, and its daemon does not run`,
        `start it again; or read them: sluice spool dump ${quoted(file)}`,
      ),
    ]
  return []
}
