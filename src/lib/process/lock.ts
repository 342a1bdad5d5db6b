import {
  accessSync,
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  lstatSync,
  openSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { codeOf, messageOf } from '../errors.ts'
import { isBusy } from '../sqlite-errors.ts'

/** That somebody else takes the file away, or makes it, just then. */
const TRIES = 1_000

/**
 * Takes what is at a path for the life of the process, or returns undefined when somebody holds it. It is free again whatever the
 * process dies of. Only who may write to its folder can take it, and those can put something else at the path as well.
 */
export async function takeLock(path: string): Promise<(() => void) | undefined> {
  const file = `${path}.lock`
  for (let tries = TRIES; ; tries--) {
    try {
      const stat = lockFile(file)
      if (!stat) return takeAbstract(path)
      const lock = takeFile(file, stat)
      if (lock !== 'gone') return lock
    } catch (error) {
      // EACCES: whoever has made it just now has not yet given it to the group.
      if (tries > 0 && ['ENOENT', 'EACCES'].includes(codeOf(error) ?? '')) continue
      // Below /proc, say, where nothing can be made.
      if (codeOf(error) === 'ENOENT') return takeAbstract(path)
      throw error
    }
  }
}

/**
 * The lock of what has no folder, or one that nobody can write to: a socket in the abstract namespace (unix(7)), taken at once or
 * not at all. Any user of this host could take it first, and while it is held, read in /proc/net/unix what it is called: so a name
 * that nobody can guess would not help. Elsewhere than on Linux there is no such thing, and no lock.
 */
export async function takeAbstract(name: string): Promise<(() => void) | undefined> {
  if (process.platform !== 'linux') return () => {}
  const server = createServer(socket => socket.destroy())
  // Anybody on this host may connect; an accept that fails (EMFILE) is theirs to suffer from.
  server.on('error', () => {})
  const taken = await listen(server, `\0sluice:${await shortened(name)}`)
  server.unref()
  return taken ? () => server.close() : undefined
}

/** The empty file that is locked, made where it is not there. Undefined where that cannot be. Throws an Error for what is no such file. */
function lockFile(file: string): BigIntStats | undefined {
  try {
    const there = lstatSync(file, { bigint: true, throwIfNoEntry: false }) ?? makeFile(file)
    if (!there.isFile() || there.size > 0n)
      throw new Error(`${file}: there is something else of that name, where a lock is to be`)
    accessSync(file, constants.R_OK | constants.W_OK)
    return there
  } catch (error) {
    const isOfSystem = codeOf(error) !== undefined
    if (isOfSystem && !mayWrite(dirname(file))) return undefined
    throw error
  }
}

/** As those who may write to the folder are the ones who may lock: its owner, and its group where that may. */
function makeFile(file: string): BigIntStats {
  try {
    const fd = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600)
    try {
      const { mode, uid, gid } = statSync(dirname(file))
      giveTo(fd, process.geteuid?.() === 0 ? uid : -1, mode & 0o020 ? gid : -1)
      fchmodSync(fd, mode & 0o020 ? 0o660 : 0o600)
    } finally {
      // Nobody of this process can have locked it meanwhile; else this would end the lock (fcntl(2)).
      closeSync(fd)
    }
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  return lstatSync(file, { bigint: true })
}

/** Who is not of the group makes it for itself. */
function giveTo(fd: number, uid: number, gid: number): void {
  try {
    fchownSync(fd, uid, gid)
  } catch {}
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Of the locks of Linux, Node gives the one that SQLite takes (fcntl(2)), as spools do. It costs a start 0.7 ms, which is lost in
 * the rest (199 ms of CPU to "ready" with two locks, 204 with sockets in their place), and 1.8 MB, most of it code that others
 * share. flock(2) through koffi costs 20 ms and 2 MB.
 */
function takeFile(file: string, stat: BigIntStats): (() => void) | 'gone' | undefined {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const url = pathToFileURL(file)
  // It is made here, and not by SQLite, whose mode is another one.
  url.search = 'mode=rw'
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(url, { timeout: 0 })
    // Nothing is ever written to it: a journal would only lie beside it.
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    db?.close()
    if (isBusy(error)) return undefined
    if (!isThere(file, stat)) return 'gone'
    throw new Error(`${file} cannot be locked: ${messageOf(error)}`)
  }
  // Its last holder takes it away, and then somebody may have made another one.
  if (!isThere(file, stat)) {
    db.close()
    return 'gone'
  }
  held.add(db)
  return () => {
    if (!held.delete(db)) return
    try {
      if (isThere(file, stat)) rmSync(file, { force: true })
    } catch {
      // Its folder can no longer be written to. It stays, empty, and locked by nobody.
    }
    db.close()
  }
}

/** One that is garbage would be closed, and no lock any more. */
const held = new Set<DatabaseSync>()

function isThere(file: string, { dev, ino, birthtimeNs }: BigIntStats): boolean {
  const now = lstatSync(file, { bigint: true, throwIfNoEntry: false })
  // The number of a file that is gone is soon that of another.
  return now?.ino === ino && now.dev === dev && now.birthtimeNs === birthtimeNs
}

/** sockaddr_un holds 107 bytes. */
async function shortened(name: string): Promise<string> {
  if (Buffer.byteLength(name) <= 90) return name
  const { createHash } = await import('node:crypto')
  return createHash('sha256').update(name).digest('hex')
}

function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', error => (codeOf(error) === 'EADDRINUSE' ? resolve(false) : reject(error)))
    server.listen(path, () => resolve(true))
  })
}
