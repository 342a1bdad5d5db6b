import { chmodSync, chownSync, closeSync, fchmodSync, lstatSync, rmSync, type Stats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { codeOf, Fatal, messageOf } from '../errors.ts'
import { type Linux, SOCKET_OPTION } from '../linux.ts'
import { takeLock } from '../process/lock.ts'
import { isAbstract, unixAddress } from './address.ts'
import type { Owner } from './owner.ts'

export interface SocketFile {
  /** A path, or `@name` in the abstract namespace. */
  path: string
  /** Who may write to it, as chmod(1) says. */
  mode: number
  owner: Owner | undefined
}

/** A socket that others find at its path. */
export interface BoundSocket {
  fd: number
  /** Takes the path away, unless it is somebody else's by now. The descriptor stays open. */
  remove(): void
}

/**
 * A socket of the unix domain at this path. One that nobody answers at is replaced. Throws Fatal that says why not, where
 * somebody does, or where there is something else.
 */
export async function bindUnixSocket(
  linux: Linux,
  type: 'datagram' | 'stream',
  file: SocketFile,
): Promise<BoundSocket> {
  const { path } = file
  if (isAbstract(path)) return { fd: open(linux, type, file), remove: () => {} }
  // Of two that start at once, both would find that nobody answers.
  const release = await takeLock(`socket:${resolve(path)}`)
  if (!release) throw inUse(path)
  try {
    clear(linux, path)
    const fd = open(linux, type, file)
    const own = lstatSync(path)
    return {
      fd,
      remove() {
        try {
          const there = lstatSync(path, { throwIfNoEntry: false })
          if (there && isSame(there, own)) rmSync(path, { force: true })
        } catch {
          // Its folder can no longer be written to. The next start replaces a socket that nobody answers at.
        }
        release()
      },
    }
  } catch (error) {
    release()
    throw error
  }
}

function open(linux: Linux, type: 'datagram' | 'stream', file: SocketFile): number {
  const fd = linux.unixSocket(type)
  try {
    // Before it can be found: the kernel notes who sends when it is sent.
    if (type === 'datagram') linux.setOption(fd, SOCKET_OPTION.passCredentials, 1)
    // The mode of the socket, less the umask, is that of the file: at no moment others may write to it.
    fchmodSync(fd, file.mode)
    linux.bind(fd, unixAddress(file.path))
  } catch (error) {
    closeSync(fd)
    throw cannotBind(file.path, error)
  }
  if (isAbstract(file.path)) return fd
  try {
    giveAway(file)
  } catch (error) {
    closeSync(fd)
    rmSync(file.path, { force: true })
    throw cannotBind(file.path, error)
  }
  return fd
}

function giveAway({ path, owner, mode }: SocketFile): void {
  if (owner) chownSync(path, owner.uid, owner.gid)
  chmodSync(path, mode)
}

/** Makes way for a socket at a path. */
function clear(linux: Linux, path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (!there) return
  const target = there.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : there
  if (target && !target.isSocket())
    throw new Fatal(`${path}: there is a file of that name; remove it, or choose another path`)
  const answer = knock(linux, path)
  // ECONNREFUSED: the socket of a process that is gone. ENOENT: a link to nowhere.
  if (answer === 'ECONNREFUSED' || answer === 'ENOENT') rmSync(path, { force: true })
  else if (answer === undefined || answer === 'EPROTOTYPE') throw inUse(path)
  else throw new Fatal(`${path}: there is a socket, and whether it is in use cannot be found out: ${answer}`)
}

/** Why nobody can be reached there; undefined where somebody can. EPROTOTYPE: by streams. Nothing is sent. */
function knock(linux: Linux, path: string): string | undefined {
  const fd = linux.unixSocket('datagram')
  try {
    linux.connect(fd, unixAddress(path))
    return undefined
  } catch (error) {
    return codeOf(error)
  } finally {
    closeSync(fd)
  }
}

function inUse(path: string): Fatal {
  const journal =
    path === '/dev/log'
      ? ': systemd-journald, for one, takes /dev/log; sluice-journal reads what it has'
      : '; stop it, or choose another path'
  return new Fatal(`${path}: another program receives there${journal}`)
}

function cannotBind(path: string, error: unknown): Fatal {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return inUse(path)
    case 'ENOENT':
      return new Fatal(`${path}: its folder is not there`)
    case 'EACCES':
      return new Fatal(`${path}: this user may not make a socket there`)
    default:
      return new Fatal(`${path}: ${messageOf(error)}`)
  }
}

function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino
}
