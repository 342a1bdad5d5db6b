import { fstatSync } from 'node:fs'
import { isatty } from 'node:tty'

/**
 * Whether a descriptor is a pipe, a file, a socket or a terminal. /dev/null is not; nor is the journal's socket,
 * which systemd announces as device:inode (systemd.exec(5), JOURNAL_STREAM).
 */
export function leadsSomewhere(fd: number, journal: string | undefined): boolean {
  try {
    const stat = fstatSync(fd)
    if (stat.isSocket() && journal === `${stat.dev}:${stat.ino}`) return false
    return stat.isFIFO() || stat.isFile() || stat.isSocket() || isatty(fd)
  } catch {
    return false
  }
}
