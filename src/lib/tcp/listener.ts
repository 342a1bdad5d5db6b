import { createServer, type Server, type Socket } from 'node:net'
import type { Certificates } from '../tls/certificates.ts'
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

/** @param handshakes how many may be about to agree on TLS */
export async function createSecureServer(
  certificates: Certificates,
  { accept, admit, refusals }: Accepting,
  handshakes: number,
): Promise<Server> {
  const { createServer: createTlsServer } = await import('node:tls')
  const server = createTlsServer({ ...certificates.options, allowHalfOpen: true })
  certificates.guard(server, { accept, admit, refusals, handshakes })
  return server
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
