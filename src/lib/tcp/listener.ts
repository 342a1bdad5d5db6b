import { createServer, type Server, type Socket } from 'node:net'
import type { TLSSocket, TlsOptions } from 'node:tls'
import type { Pem } from '../tls/pem.ts'
import type { Refusals } from './refusals.ts'

/** A connection that is paused goes on to read until it holds so many bytes: with 1 it is one read, of up to 64 KiB. */
const HIGH_WATER_MARK = 1

/** Connections that the kernel keeps until they are accepted. */
const BACKLOG = 511

export interface Accepting {
  /** Somebody has connected. */
  accept(socket: Socket): void
  /** It may speak: at once or, with TLS, when it has shown who it is. */
  admit(socket: Socket, sender?: string): void
  refusals: Refusals
}

export function createPlainServer({ accept, admit }: Accepting): Server {
  // Half-open: a peer that has said all it has to say may still be answered.
  const server = createServer({ allowHalfOpen: true, highWaterMark: HIGH_WATER_MARK })
  return server.on('connection', socket => {
    accept(socket)
    admit(socket)
  })
}

/** @param names of clients with certificates, only who is called so; none: all of them */
export async function createSecureServer(
  pem: Pem,
  names: readonly string[],
  { accept, admit, refusals }: Accepting,
): Promise<Server> {
  const [{ createServer: createTlsServer }, options, { nameOfClient }] = await Promise.all([
    import('node:tls'),
    secureOptions(pem),
    import('../tls/client-name.ts'),
  ])
  const server = createTlsServer({ ...options, allowHalfOpen: true })
  server.on('connection', accept)
  server.on('tlsClientError', (error, socket) => refusals.noteTls(error, socket))
  server.on('secureConnection', (socket: TLSSocket) => {
    const { name, refused } = nameOfClient(socket, names, '--tls-client-name')
    if (!refused) {
      admit(socket, name)
      return
    }
    refusals.note(refused, socket)
    socket.destroy()
  })
  return server
}

/** Throws Misuse for what will not do. */
export async function secureOptions(pem: Pem): Promise<TlsOptions> {
  const { serverOptions, ONE_WAY } = await import('../tls/pem.ts')
  return { ...serverOptions(pem, '--tls'), ...ONE_WAY }
}

export function bind(
  server: Server,
  where: { host: string; port: number } | { fd: number; backlog?: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ backlog: BACKLOG, ...where }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
