import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { TLSSocket, Server as TlsServer } from 'node:tls'
import type { Logger } from 'pino'
import { messageOf } from '../errors.ts'
import { formatHostPort, type HostPort } from '../host-port.ts'
import { listenAt } from '../listening.ts'
import { atMostEvery } from '../throttle.ts'
import type { Pem } from '../tls/pem.ts'
import { Reading } from './reading.ts'

/** What every server of connections counts. */
export const tcpCounters = {
  connections: 'Connections that were accepted',
  connectionsClosed: 'Connections that have ended since',
  connectionsRefused:
    'Connections that were refused: --max-connections, or no TLS, certificate or name that will do',
} as const

/** Milliseconds after which the kernel looks whether a silent peer is still there (tcp(7), TCP_KEEPIDLE). */
const KEEP_ALIVE = 60_000

/** Milliseconds in which a refused connection is told of once: who floods the port must not flood the log. */
const WARN_EVERY = 10_000

/** A connection that is paused goes on to read until it holds so many bytes: with 1 it is one read, of up to 64 KiB. */
const HIGH_WATER_MARK = 1

/** At the end: milliseconds without a byte after which nothing more is expected, and how often something may come. */
const QUIET = 100
const LAST_ROUNDS = 20

/** Who is at the other end. */
export type Peer = {
  /** `ip:port`. */
  peer: string
  /** The name in its certificate. */
  sender?: string
}

/** What a daemon makes of a connection. */
export interface Conversation {
  /** Bytes have come. */
  data(chunk: Buffer): void
  /** Nothing more comes: the peer has ended it, or it broke. */
  end(): void
  /** Nothing has come for --idle-timeout. Without this function the connection is ended then. */
  silent?(): void
}

export interface TcpServerOptions {
  /** Connections at a time. */
  most: number
  /** Milliseconds after which a connection on which nothing comes is ended; 0: never. */
  idle: number
  /** With it, TLS. */
  pem?: Pem | undefined
  /** Of clients with certificates, only who is called so. None: all of them. */
  names: readonly string[]
  log: Logger
  count(counter: keyof typeof tcpCounters): void
}

/** What is called for each connection. */
export type Open = (peer: Peer, socket: Socket) => Conversation

/** Accepts connections at some addresses, and reads them. */
export class TcpServer {
  readonly #options: TcpServerOptions
  readonly #servers: Server[] = []
  readonly #accepted = new Set<Socket>()
  /** Those that are read; over TLS, what it runs over it. */
  readonly #reading = new Reading()
  readonly #mayWarn = atMostEvery(WARN_EVERY)
  /** Those that nobody reads yet, with the names in their certificates. */
  #early: [socket: Socket, sender: string | undefined][] = []
  #openConversation: Open | undefined
  /** Something has come since this was set to false. */
  #came = false

  constructor(options: TcpServerOptions) {
    this.#options = options
  }

  /** Connections that are open. */
  get size(): number {
    return this.#accepted.size
  }

  /** Listens, and returns the address with its real port. Throws Fatal where it cannot, Misuse for certificates that will not do. */
  async listen(where: HostPort): Promise<string> {
    const server = await this.#createServer()
    await listenAt(where, host => bind(server, { host, port: where.port }))
    this.#keep(server)
    const { address, port } = server.address() as AddressInfo
    return formatHostPort(address, port)
  }

  /** Listens on a socket that is bound, of the unix domain say, and closes it at the end. */
  async listenOn(fd: number): Promise<void> {
    const server = await this.#createServer()
    await bind(server, { fd })
    this.#keep(server)
  }

  /** From now on reads those that are connected. */
  start(open: Open): void {
    this.#openConversation = open
    for (const [socket, sender] of this.#early) this.#read(socket, sender)
    this.#early = []
  }

  /** From now on new connections see these. Throws Misuse, and keeps the old ones, when they will not do. */
  async renew(pem: Pem): Promise<void> {
    const { serverOptions, ONE_WAY } = await import('../tls/pem.ts')
    const fresh = { ...serverOptions(pem, '--tls'), ...ONE_WAY }
    for (const server of this.#servers) (server as TlsServer).setSecureContext(fresh)
  }

  /** Reads nobody any further until the promise settles. */
  wait(room: Promise<void>): void {
    this.#reading.wait(room)
  }

  /**
   * Ends connections that are not read because there is no room, and whose peers have gone, with all that they have sent: for those
   * who send again what was not answered, each time on a new connection.
   */
  endGone(): Promise<void> {
    return this.#reading.endGone()
  }

  /** Accepts nobody any more; who is connected stays. */
  close(): void {
    for (const server of this.#servers) server.close()
  }

  /**
   * Accepts nobody any more, says so to those who are connected, and reads what they had sent until then: until they have gone,
   * or nothing has come for a moment.
   */
  async end(): Promise<void> {
    this.close()
    this.#reading.end()
    for (let round = 0; round < LAST_ROUNDS && this.#reading.size > 0; round++) {
      this.#came = false
      await wait(QUIET)
      if (!this.#came) break
    }
    for (const socket of this.#accepted) socket.destroy()
  }

  #keep(server: Server): void {
    this.#servers.push(server)
    // Of a connection that could not be accepted, for want of descriptors: nothing that others should suffer from.
    server.on('error', error => this.#refuse(messageOf(error)))
  }

  async #createServer(): Promise<Server> {
    const { pem, names } = this.#options
    // Half-open: a peer that has said all it has to say may still be answered.
    if (!pem) {
      const server = createServer({ allowHalfOpen: true, highWaterMark: HIGH_WATER_MARK })
      server.on('connection', socket => this.#accept(socket) && this.#read(socket))
      return server
    }
    const [{ createServer: createTlsServer }, { serverOptions, ONE_WAY }, { isAllowed, namesOf }] =
      await Promise.all([import('node:tls'), import('../tls/pem.ts'), import('../tls/client-name.ts')])
    const server = createTlsServer({ ...serverOptions(pem, '--tls'), ...ONE_WAY })
    server.on('connection', socket => this.#accept(socket))
    server.on('tlsClientError', (error, socket) => this.#refuse(messageOf(error), socket))
    server.on('secureConnection', (socket: TLSSocket) => {
      const certificate = socket.getPeerX509Certificate()
      const known = certificate ? namesOf(certificate) : []
      if (names.length === 0 || isAllowed(known, names)) return this.#read(socket, known[0])
      this.#refuse(
        `its certificate is of ${known.join(', ') || 'nobody'}, who is not among --tls-client-name`,
        socket,
      )
      socket.destroy()
    })
    return server
  }

  /** False when there are too many of them. */
  #accept(socket: Socket): boolean {
    // Of what nobody reads yet, such as a connection that breaks before its TLS is agreed.
    socket.on('error', () => {})
    if (this.#accepted.size >= this.#options.most) {
      this.#refuse(`there are ${this.#options.most} already (--max-connections)`, socket)
      socket.destroy()
      return false
    }
    this.#accepted.add(socket)
    this.#options.count('connections')
    socket.once('close', () => {
      this.#accepted.delete(socket)
      this.#options.count('connectionsClosed')
    })
    socket.setKeepAlive(true, KEEP_ALIVE)
    return true
  }

  #read(socket: Socket, sender?: string): void {
    const open = this.#openConversation
    if (!open) {
      this.#early.push([socket, sender])
      return
    }
    const { idle } = this.#options
    const peer = formatHostPort(socket.remoteAddress ?? '', socket.remotePort ?? 0)
    const conversation = open({ peer, ...(sender !== undefined && { sender }) }, socket)
    this.#reading.add(socket)
    socket.on('data', chunk => {
      this.#came = true
      conversation.data(chunk)
      if (socket.writableNeedDrain) this.#reading.waitForDrain(socket)
    })
    // It breaks, and then closes: a peer that went away is nothing to tell of.
    socket.on('error', error => this.#options.log.debug({ peer }, `connection: ${messageOf(error)}`))
    socket.once('end', () => socket.end())
    socket.once('close', () => {
      this.#reading.delete(socket)
      conversation.end()
    })
    if (idle > 0) this.#endSilent(socket, conversation)
  }

  #endSilent(socket: Socket, conversation: Conversation): void {
    socket.setTimeout(this.#options.idle)
    socket.on('timeout', () => {
      const before = socket.bytesRead
      // The loop may have been late for this timer, and what has come meanwhile is read only now.
      setImmediate(() => {
        if (socket.destroyed) return
        // Who is not read because there is no room is not silent. (Node asks once; then it has to be told again.)
        if (socket.bytesRead > before || this.#reading.isPaused(socket)) socket.setTimeout(this.#options.idle)
        else if (conversation.silent) conversation.silent()
        else socket.destroy()
      })
    })
  }

  #refuse(why: string, socket?: Socket): void {
    this.#options.count('connectionsRefused')
    if (!this.#mayWarn()) return
    const from = socket?.remoteAddress && {
      peer: formatHostPort(socket.remoteAddress, socket.remotePort ?? 0),
    }
    this.#options.log.warn({ ...from }, `a connection was refused: ${why}`)
  }
}

function bind(server: Server, where: { host: string; port: number } | { fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...where, backlog: 511 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
