import { basename, dirname, join } from 'node:path'

const COMPRESSED = /\.(?:gz|zst|bz2|xz|lz4|Z|zip)$/
/** What copies and the one rotated file of some programs are called. */
const FORMER = /(?:\.(?:bak|old|orig|save)|~)$/
/** A number or a date, between separators: `.1`, `-20261122`, `.2026-11-22T03`, `-20261122-1795305600`. */
const NUMBERS = /[._-]\d[\d_T:-]*(?=[._-]|$)/g

/**
 * What the names of a log, of its rotated files and of its copies have in common: `/var/log/app.log` of `/var/log/app.log.2.gz`,
 * `app-20261122.log`, `app.log-20261122` and `app.log.bak`.
 */
export function familyOf(path: string): string {
  const name = basename(path).replace(COMPRESSED, '').replace(FORMER, '').replace(NUMBERS, '')
  return join(dirname(path), name)
}

/** The name that a compressed file had before: `app.log.1` of `app.log.1.gz`; undefined of other names. */
export function nameBefore(path: string): string | undefined {
  return COMPRESSED.test(path) ? path.replace(COMPRESSED, '') : undefined
}
