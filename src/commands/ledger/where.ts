import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { codeOf, Misuse, messageOf } from '../../lib/errors.ts'
import { formatHostPort, parseHostPort } from '../../lib/host-port.ts'

/** Where a daemon is asked. */
export interface Door {
  /** As a person reads it. */
  address: string
  /** What node:http is given. */
  request: { socketPath: string; path: string } | { host: string; port: number; path: string }
  /** Whether it was named, rather than found. */
  named: boolean
}

/** `HOST:PORT`, `http://HOST:PORT` or the path of a socket. Throws Misuse that says what to type instead. */
export function parseDoor(address: string): Door {
  if (address.startsWith('http://')) return httpDoor(address)
  if (address.includes('://')) throw new Misuse(`${address}: write HOST:PORT or http://HOST:PORT`)
  if (address.includes('/') || address.endsWith('.sock')) return socketDoor(resolve(address), true)
  try {
    const { host = '127.0.0.1', port } = parseHostPort(address)
    return httpDoor(`http://${formatHostPort(host, port)}`)
  } catch {
    throw new Misuse(
      `${address}: write HOST:PORT, or the path of a socket; of a daemon on this host, --names ${address}`,
    )
  }
}

/** Those of this host: all, or those of the names. Throws Misuse when it is not known where they are. */
export async function findDoors(folder: string | undefined, names: readonly string[]): Promise<Door[]> {
  if (folder === undefined)
    throw new Misuse(
      'where the daemons of this host are is not known: neither RUNTIME_DIRECTORY nor XDG_RUNTIME_DIR is set; ' +
        'or say whom to ask: HOST:PORT, or the path of a socket',
    )
  if (names.length > 0) return names.map(name => socketDoor(join(folder, `${name}.sock`), true))
  try {
    const files = (await readdir(folder)).filter(file => file.endsWith('.sock')).sort()
    return files.map(file => socketDoor(join(folder, file), false))
  } catch (error) {
    // Nothing has ever run here.
    if (codeOf(error) === 'ENOENT') return []
    throw new Misuse(`${folder}: ${messageOf(error)}`)
  }
}

function socketDoor(path: string, named: boolean): Door {
  return { address: path, request: { socketPath: path, path: '/status' }, named }
}

function httpDoor(address: string): Door {
  if (!URL.canParse(address)) throw new Misuse(`${address}: write http://HOST:PORT`)
  const { hostname, port, pathname } = new URL(address)
  // A proxy may have it below a path of its own.
  const path = `${pathname.replace(/(\/status)?\/*$/, '')}/status`
  const host = hostname.replace(/^\[|\]$/g, '')
  return { address, request: { host, port: Number(port || 80), path }, named: true }
}
