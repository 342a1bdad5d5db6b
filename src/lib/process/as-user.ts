import { type Stats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadDaemons } from '../registry.ts'

/** As whom a process runs; the first group is its own. */
export interface User {
  uid: number
  groups: readonly number[]
}

/**
 * Looks at what a process names with the rights of its user, where we are root: it may name whatever it likes, and root's eyes are
 * not for it. Only what the file system asks about is changed (credentials(7), effective ids); to the user we stay root's, whom
 * nobody may signal or trace.
 * @returns the function that ends it
 */
export function becomeUser(user: User | undefined): () => void {
  const { geteuid, getegid, getgroups, seteuid, setegid, setgroups } = process
  if (!user || user.uid === 0 || geteuid?.() !== 0) return () => {}
  const [gid, groups] = [getegid!(), getgroups!()]
  const back = () => {
    seteuid!(0)
    setegid!(gid)
    setgroups!(groups)
  }
  try {
    setgroups!([...user.groups])
    setegid!(user.groups[0] ?? gid)
    seteuid!(user.uid)
  } catch (error) {
    back()
    throw error
  }
  return back
}

/** The code of the daemons, which that user may not be able to read. */
export async function readyToBecome(users: readonly (User | undefined)[]): Promise<void> {
  if (process.geteuid?.() === 0 && users.some(user => user && user.uid !== 0)) await loadDaemons()
}

/**
 * Enters a folder, and looks with the rights of a user from there: what is asked for by its name alone is in this very folder,
 * whatever the path leads to by then. Its owner may look at it also below one that only root may enter, as services have them
 * (/var/lib/private); others have to reach it by themselves.
 * @param who says as whom, of whom the folder is
 * @returns the function that ends it
 */
export function enter(folder: string, who: (stat: Stats) => User | undefined): () => void {
  const here = process.cwd()
  const path = resolve(folder)
  if (path !== here) process.chdir(path)
  let back = () => {}
  try {
    const stat = statSync('.')
    const user = who(stat)
    back = becomeUser(user)
    if (user && user.uid !== stat.uid && process.geteuid?.() === user.uid) process.chdir(path)
  } catch (error) {
    back()
    goBack(here)
    throw error
  }
  return () => {
    back()
    goBack(here)
  }
}

/** Where we may not enter what we were started in, nothing is looked at by its name there. */
function goBack(here: string): void {
  try {
    if (process.cwd() !== here) process.chdir(here)
  } catch {}
}
