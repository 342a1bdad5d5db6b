import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { becomeUser, enter, type User } from '../../lib/process/as-user.ts'

/**
 * Who may write to the folder may have prepared what SQLite finds beside a file, a journal that names any other file: so root opens it
 * with the rights of its owner. Where he cannot reach it by himself, as in /var/lib/private, root looks, and only where nobody can
 * prepare anything meanwhile.
 */
export async function asOwner<T>(file: string, look: (at: string) => T | Promise<T>): Promise<T> {
  const [folder, name] = [resolve(dirname(file)), basename(file)]
  const leave = enter(folder, stat => {
    const owner = ownerOf(name, stat)
    return mayReach(folder, owner) ? owner : refuseJournals(file, owner)
  })
  try {
    return await look(name)
  } finally {
    leave()
  }
}

/** Whose file it is, also where only what lies beside it is left. */
function ownerOf(name: string, folder: Stats): User {
  const { uid, gid } = lstatSync(name, { throwIfNoEntry: false }) ?? folder
  return { uid, groups: [gid] }
}

/** SQLite opens a file by its whole path, whatever folder we are in. */
function mayReach(folder: string, owner: User): boolean {
  const back = becomeUser(owner)
  try {
    // (access(2) asks for the real user.)
    statSync(join(folder, '.', '/'))
    return owner.uid !== 0
  } catch {
    return false
  } finally {
    back()
  }
}

/** Stays root. Throws an Error where somebody else could have a journal played back, or put one there now. */
function refuseJournals(file: string, owner: User): undefined {
  if (process.geteuid?.() !== 0) return
  const strange = readdirSync('.').find(name => name.endsWith('-journal') && lstatSync(name).uid !== 0)
  if (strange !== undefined)
    throw new Error(
      `${file}: beside it is ${strange}, which no daemon makes, and root does not open it; look who has put it there`,
    )
  const others = [owner.uid, statSync('.').uid].filter(uid => uid !== 0)
  const pid = others.map(processOf).find(pid => pid !== undefined)
  if (pid !== undefined)
    throw new Error(
      `${file}: process ${pid} could change what lies there meanwhile; stop it, or its service, first`,
    )
}

/** One that this user has. */
function processOf(uid: number): number | undefined {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.map(Number).find(pid => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid)
}
