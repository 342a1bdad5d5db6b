import { accessSync, constants, lstatSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
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

/** Sockets of a folder that are looked at: whoever may write to it may make any number of them, each of which is waited for. */
const MOST = 200
/** Of the folder of a service: that of its process, and of a chain those of its copies, of which a stage may have 64. */
const MOST_OF_SERVICE = 72

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

/**
 * All sockets that we may connect to: what others keep for themselves is theirs to ask. The folders take turns: however long those of
 * one are waited for, the daemons of the others, and their copies, have been asked by then.
 */
export function socketsIn({ own, others }: SocketFolders): string[] {
  const ofOthers = others.map(folder => socketsOf(folder).filter(mayConnect))
  const all = [...(own === undefined ? [] : [socketsOf(own, true)]), ...ofOthers]
  const turns = Math.max(0, ...all.map(({ length }) => length))
  return Array.from({ length: turns }, (_, n) => all.flatMap(sockets => sockets[n] ?? [])).flat()
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
    // A link could lead to the socket of anything.
    return firstOf(folder, names)
      .map(name => join(folder, name))
      .filter(path => lstatSync(path, { throwIfNoEntry: false })?.isSocket())
  } catch (error) {
    // Nothing has ever run here.
    if (!isOwn || codeOf(error) === 'ENOENT') return []
    throw new Misuse(`${folder}: ${messageOf(error)}`)
  }
}

/** Of a service its own one comes first, and those of its copies, which begin with its name, before any others. */
function firstOf(folder: string, names: readonly string[]): string[] {
  const [, service] = /^sluice-(.+)$/s.exec(basename(folder)) ?? []
  const sorted = names.toSorted()
  if (service === undefined) return sorted.slice(0, MOST)
  const rank = (name: string) => (name === `${service}.sock` ? 0 : name.startsWith(`${service}.`) ? 1 : 2)
  return sorted.sort((one, other) => rank(one) - rank(other)).slice(0, MOST_OF_SERVICE)
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
