import { resolve } from 'node:path'
import { Misuse } from '../errors.ts'
import { formatHostPort, isLoopback, parseHostPort } from '../host-port.ts'
import { readOptionFile } from '../option-file.ts'
import { path, type Values } from '../options.ts'
import { readToken } from '../serve/credentials.ts'
import { type SocketFolders, socketOf, socketsIn } from './folders.ts'

// How commands ask the admin faces of daemons: where those are, and what shows who asks.

/** Where a daemon is asked. */
export interface Door {
  /** As a person reads it. */
  address: string
  /** What node:http is given, without a path. */
  request: { socketPath: string } | Remote
  /** What stands in front of each path. */
  below: string
  /** Whether it was named, rather than found. */
  named: boolean
}

interface Remote {
  host: string
  port: number
  /** Over TLS. */
  isSecure: boolean
}

/** The options of every command that asks daemons at addresses. */
export const askingOptions = {
  tokenFile: path('The token that the addresses want (their --admin-token-file)', 'secret'),
  ca: path('The authority that the certificates of https:// are of (PEM)'),
  cert: path('Our certificate, where they want one (PEM)'),
  key: path('The key of that certificate (PEM)', 'secret'),
}

/** What is shown at addresses. The unix sockets of this host are asked without. */
export interface Credentials {
  token?: string
  ca?: Buffer
  cert?: Buffer
  key?: Buffer
}

/** Reads the files. Throws Misuse that names the option. */
export function readCredentials(options: Values<typeof askingOptions>): Credentials {
  const { tokenFile, ca, cert, key } = options
  if (!cert !== !key) throw new Misuse(cert ? '--cert needs --key' : '--key needs --cert')
  return {
    ...(tokenFile && { token: readToken('--token-file', tokenFile) }),
    ...(ca && { ca: readOptionFile('--ca', ca) }),
    ...(cert && { cert: readOptionFile('--cert', cert) }),
    ...(key && { key: readOptionFile('--key', key) }),
  }
}

/** Throws Misuse where the token would cross the network in clear. */
export function checkDoors(doors: readonly Door[], { token }: Credentials): void {
  for (const { address, request } of doors) {
    if (!token || 'socketPath' in request || request.isSecure || isLoopback(request.host)) continue
    throw new Misuse(`${address}: the token would cross the network in clear; write https://`)
  }
}

/** `HOST:PORT`, `http://HOST:PORT`, `https://HOST:PORT` or the path of a socket. Throws Misuse that says what to type instead. */
export function parseDoor(address: string): Door {
  if (/^https?:\/\//.test(address)) return httpDoor(address)
  if (address.includes('://')) throw new Misuse(`${address}: write HOST:PORT or https://HOST:PORT`)
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

/** Those of this host: all, or those of the names. */
export function findDoors(folders: SocketFolders, names: readonly string[] = []): Door[] {
  if (names.length > 0) return names.map(name => socketDoor(socketOf(name, folders), true))
  return socketsIn(folders).map(path => socketDoor(path, false))
}

function socketDoor(path: string, named: boolean): Door {
  return { address: path, request: { socketPath: path }, below: '', named }
}

function httpDoor(address: string): Door {
  if (!URL.canParse(address)) throw new Misuse(`${address}: write http://HOST:PORT or https://HOST:PORT`)
  const { protocol, hostname, port, pathname, username, password, search } = new URL(address)
  // Whatever stands in argv is read by everybody on this host.
  if (username || password || search)
    throw new Misuse('no token or password in a URL; use --token-file, or --cert and --key')
  // A proxy may have it below a path of its own.
  const below = pathname.replace(/(\/status)?\/*$/, '')
  const host = hostname.replace(/^\[|\]$/g, '')
  const isSecure = protocol === 'https:'
  return {
    address,
    request: { host, port: Number(port || (isSecure ? 443 : 80)), isSecure },
    below,
    named: true,
  }
}
