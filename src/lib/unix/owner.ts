import { readFileSync } from 'node:fs'
import { Fatal } from '../errors.ts'

/** Whom a file is to belong to; -1 is who it belongs to. */
export interface Owner {
  uid: number
  gid: number
}

/** Of `user`, `user:group` or `:group`, by name or number. Throws Fatal for one that is not in /etc/passwd or /etc/group. */
export function findOwner(written: string): Owner {
  const colon = written.indexOf(':')
  const [user, group] = colon < 0 ? [written, ''] : [written.slice(0, colon), written.slice(colon + 1)]
  return { uid: idOf(user, '/etc/passwd'), gid: idOf(group, '/etc/group') }
}

/** passwd(5) and group(5) have the number in the third column. */
function idOf(name: string, file: string): number {
  if (name === '') return -1
  if (/^\d+$/.test(name)) return Number(name)
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [found, , id] = line.split(':')
    if (found === name) return Number(id)
  }
  throw new Fatal(`--socket-owner: there is no ${name} in ${file}; write its number`)
}
