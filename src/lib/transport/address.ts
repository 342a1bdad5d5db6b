import { existsSync, lstatSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { LinkKeys } from '../curve/link-keys.ts'
import type { Endpoint } from '../endpoint.ts'
import { codeOf, Fatal, messageOf } from '../errors.ts'
import { flagOf } from '../options.ts'
import { takeLock } from '../process/lock.ts'
import { mayAnswer } from '../unix/answers.ts'
import type { Door } from './door.ts'
import type { LinkStatus } from './link.ts'

const NO_FOLDER = 'the folder does not exist'

/** Any ZeroMQ socket. */
export interface Binder {
  connect(address: string): void
  bind(address: string): Promise<void>
  close(): void
  readonly lastEndpoint: string | null
}

/**
 * Kept by the kernel: a peer that vanished without a word while nothing was sent is found within 30 s, and within 10 s when its host is
 * there again. ZMTP's own heartbeats stay off: together with backpressure they drop data and can abort the process (libzmq 4.3.5).
 */
const KEEPALIVE = { tcpKeepalive: 1, tcpKeepaliveIdle: 10, tcpKeepaliveInterval: 5, tcpKeepaliveCount: 4 }

/** Milliseconds until it is dialled again where nobody answers: the kernel would wait for up to 64 s between two of its own tries. */
const DIALLED = { connectTimeout: 10_000 }

/**
 * Connections that the kernel keeps until they are accepted (libzmq: 100), and milliseconds in which one has shaken hands (libzmq: 30 s):
 * strangers who connect and say nothing take a descriptor each.
 */
const BOUND = { backlog: 511, handshakeInterval: 5_000 }

/** The options that a socket has because of its address, and of its keys. Who is bound with keys has a door. */
export function optionsFor({ address, keys, mode }: Endpoint, door?: Door) {
  return {
    ...KEEPALIVE,
    ...(mode === 'bind' ? BOUND : DIALLED),
    ipv6: address.includes('['),
    ...(keys && curveOptions(keys, door)),
  }
}

function curveOptions({ own, server }: LinkKeys, door: Door | undefined) {
  const keys = { curvePublicKey: own.publicKey, curveSecretKey: own.secretKey }
  if (server) return { ...keys, curveServerKey: server.publicKey }
  // Without a domain, libzmq would let in whoever has any key.
  return { ...keys, curveServer: true, zapDomain: door!.domain, zapEnforceDomain: true }
}

/** Binds, and enters the address with its real port. Returns the function that gives the ipc path free. Throws Fatal. */
export async function bindSocket(
  socket: Binder,
  endpoint: Endpoint,
  status: LinkStatus,
): Promise<() => void> {
  let release = () => {}
  try {
    if (endpoint.address.startsWith('ipc:')) release = await claimPath(endpoint)
    await socket.bind(endpoint.address)
  } catch (error) {
    release()
    socket.close()
    throw new Fatal(`${flag(endpoint)} ${status.endpoint}: ${bindProblem(error)}`)
  }
  // The port that was chosen for `*`.
  status.endpoint = status.endpoint.replace(endpoint.address, () => socket.lastEndpoint ?? endpoint.address)
  return release
}

/** Throws Fatal for an address that libzmq does not understand. That nobody is there is no error. */
export function connectSocket(socket: Pick<Binder, 'connect' | 'close'>, endpoint: Endpoint): void {
  try {
    socket.connect(endpoint.address)
  } catch (error) {
    socket.close()
    throw new Fatal(`${flag(endpoint)} ${endpoint.address}: ${messageOf(error)}`)
  }
}

/**
 * An ipc bind steals an existing path without a word: the daemon that had it goes on and hears nothing more. So
 * ask first: an answer means that it is in use; a refused connection, that its owner is dead.
 */
async function claimPath(endpoint: Endpoint): Promise<() => void> {
  const path = endpoint.address.slice('ipc://'.length)
  // libzmq says so as well, but now and then with the number of another error (EAGAIN).
  if (!path.startsWith('@') && !existsSync(dirname(path))) throw new Error(NO_FOLDER)
  const release = await takeLock(`ipc:${path.startsWith('@') ? path : resolve(path)}`)
  const there = path.startsWith('@') ? undefined : lstatSync(path, { throwIfNoEntry: false })
  if (there && !there.isSocket()) {
    release?.()
    throw new Error('there is a file of that name, and it is not a socket; choose another one')
  }
  if (release && !(await mayAnswer(path))) return release
  release?.()
  throw new Error('another process listens on this path; choose another one')
}

function bindProblem(error: unknown): string {
  if (codeOf(error) === 'EADDRINUSE') return 'the address is in use by another program; choose another one'
  if (codeOf(error) === 'EADDRNOTAVAIL') return 'this host does not have that address'
  if (codeOf(error) === 'ENOENT') return NO_FOLDER
  return messageOf(error)
}

function flag(endpoint: Endpoint): string {
  return flagOf(`${endpoint.direction}${endpoint.mode === 'bind' ? 'Bind' : 'Connect'}`)
}
