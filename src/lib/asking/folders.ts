import { accessSync, constants, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, Misuse, messageOf } from '../errors.ts'
import { runtimeFolder } from '../process/place.ts'

/** Where the admin sockets of this host are. */
export interface SocketFolders {
  /** Of what this user starts, where that is known. */
  own: string | undefined
  /** Of what others have started: services, each of which has a folder of its own, and the daemons of root. */
  others: readonly string[]
}

const RUN = '/run'
const SHARED = 'sluice'
/** RuntimeDirectory= of services: `sluice-NAME`. */
const OF_SERVICE = /^sluice-./

/** Sockets of a folder that are looked at: a daemon that was taken over may make any number of them. */
const MOST = 1_000

/** Who sets RUNTIME_DIRECTORY means that folder alone. */
export function socketFolders(env: NodeJS.ProcessEnv, run = RUN): SocketFolders {
  const own = runtimeFolder(env, run)
  if (env.RUNTIME_DIRECTORY) return { own, others: [] }
  const services = namesIn(run).filter(name => OF_SERVICE.test(name))
  const all = [SHARED, ...services].map(name => join(run, name)).filter(folder => folder !== own)
  const others = all.filter(folder => lstatSync(folder, { throwIfNoEntry: false }))
  return { own, others }
}

/** Throws Misuse when it is not known where they are. */
export function checkKnown({ own, others }: SocketFolders): void {
  if (own === undefined && others.length === 0)
    throw new Misuse(
      'where the daemons of this host are is not known: neither RUNTIME_DIRECTORY nor XDG_RUNTIME_DIR is set; ' +
        'or say whom to ask: HOST:PORT, or the path of a socket',
    )
}

/** In words, for who finds nothing there. */
export function formatFolders({ own, others }: SocketFolders): string {
  return [...(own === undefined ? [] : [own]), ...others].join(', ')
}

/** All sockets that we may connect to: what others keep for themselves is theirs to ask. */
export function socketsIn({ own, others }: SocketFolders): string[] {
  const ofOthers = others.flatMap(folder => socketsOf(folder).filter(mayConnect))
  return [...(own === undefined ? [] : socketsOf(own, true)), ...ofOthers]
}

/** Where the daemon of a name is found, or would be. */
export function socketOf(name: string, { own, others }: SocketFolders): string {
  const file = `${name}.sock`
  const service = others.find(folder => folder.endsWith(`/sluice-${name}`))
  const folders = [service, own, ...others].filter(folder => folder !== undefined)
  const there = folders.find(folder => isThere(join(folder, file)))
  return join(there ?? service ?? own ?? others[0] ?? '', file)
}

function socketsOf(folder: string, isOwn = false): string[] {
  try {
    const names = readdirSync(folder).filter(name => name.endsWith('.sock'))
    const paths = names.sort().map(name => join(folder, name))
    // A link could lead to the socket of anything.
    return paths.filter(path => lstatSync(path, { throwIfNoEntry: false })?.isSocket()).slice(0, MOST)
  } catch (error) {
    // Nothing has ever run here.
    if (!isOwn || codeOf(error) === 'ENOENT') return []
    throw new Misuse(`${folder}: ${messageOf(error)}`)
  }
}

function mayConnect(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    // Within a folder that we may not look into.
    return false
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}
