import type { AddressInfo, Server, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import { messageOf } from '../errors.ts'
import { formatHostPort, type HostPort } from '../host-port.ts'
import { listenAt } from '../listening.ts'
import { unlessAborted } from '../process/signals.ts'
import type { Certificates } from '../tls/certificates.ts'
import type { Open } from './conversation.ts'
import { bind, createPlainServer, createSecureServer } from './listener.ts'
import { Reading } from './reading.ts'
import { Refusals } from './refusals.ts'
import { endSilent } from './silence.ts'
import { closed, drained } from './sockets.ts'

/** What every server of connections counts. */
export const tcpCounters = {
  connections: 'Connections that were accepted',
  connectionsClosed: 'Connections that have ended since',
  connectionsRefused:
    'Connections that were refused: --max-connections, or no TLS, certificate or name that will do',
} as const

/** Milliseconds after which the kernel looks whether a silent peer is still there (tcp(7), TCP_KEEPIDLE). */
const KEEP_ALIVE = 60_000

/** At the end: milliseconds without a byte after which nothing more is expected, and how often something may come. */
const QUIET = 100
const LAST_ROUNDS = 20

export interface TcpServerOptions {
  /** Connections at a time. */
  most: number
  /** Milliseconds after which a connection on which nothing comes is ended; 0: never. */
  idle: number
  /** With it, TLS. */
  certificates?: Certificates | undefined
  log: Logger
  /** Aborted when there is no more time for what is on its way. */
  signal: AbortSignal
  count(counter: keyof typeof tcpCounters): void
}

/** Accepts connections at some addresses, and reads them. */
export class TcpServer {
  readonly #options: TcpServerOptions
  readonly #servers: Server[] = []
  /** All that were accepted; with TLS, what it runs over. */
  readonly #accepted = new Set<Socket>()
  /** Those that may speak. */
  readonly #admitted = new Set<Socket>()
  /** Those of them that have said nothing that makes sense, and have shown no certificate; oldest first. */
  readonly #strangers = new Set<Socket>()
  readonly #reading = new Reading()
  readonly #refusals: Refusals
  /** Those that nobody reads yet, with the names in their certificates. */
  #early: [socket: Socket, sender: string | undefined][] = []
  #openConversation: Open | undefined
  /** Something has come since this was set to false. */
  #came = false

  constructor(options: TcpServerOptions) {
    this.#options = options
    this.#refusals = new Refusals(options.log, () => options.count('connectionsRefused'))
  }

  /** Listens, and returns the address with its real port. Throws Fatal where it cannot, Misuse for certificates that will not do. */
  async listen(where: HostPort): Promise<string> {
    const server = await this.#createServer()
    await listenAt(where, host => bind(server, { host, port: where.port }))
    this.#keep(server)
    const { address, port } = server.address() as AddressInfo
    return formatHostPort(address, port)
  }

  /**
   * Listens on a socket that is bound, of the unix domain say, and closes it at the end. Who connects to one that somebody else keeps
   * open is kept in it meanwhile.
   * @param backlog connections that the kernel is to keep until they are accepted
   */
  async listenOn(fd: number, backlog?: number): Promise<void> {
    const server = await this.#createServer()
    await bind(server, { fd, ...(backlog !== undefined && { backlog }) })
    this.#keep(server)
  }

  /** From now on reads those that are connected. */
  start(open: Open): void {
    this.#openConversation = open
    for (const [socket, sender] of this.#early) this.#read(socket, sender)
    this.#early = []
  }

  /** Reads nobody any further until the promise settles. */
  wait(room: Promise<void>): void {
    this.#reading.wait(room)
  }

  /**
   * Ends connections that are not read, and whose peers have gone, with all that they have sent: for those who send again what was
   * not answered, each time on a new connection.
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
   * or nothing has come for a moment. When it resolves, all conversations have ended.
   */
  async end(): Promise<void> {
    this.close()
    this.#reading.end()
    await this.#hearOut()
    const sockets = new Set([...this.#admitted, ...this.#accepted])
    await Promise.all(sockets.values().map(closed))
  }

  async #hearOut(): Promise<void> {
    const { signal } = this.#options
    for (let rounds = 0; rounds < LAST_ROUNDS && this.#reading.size > 0 && !signal.aborted; ) {
      const { room } = this.#reading
      if (room) await unlessAborted(room, signal)
      else rounds++
      this.#came = false
      await wait(QUIET)
      if (!this.#came && !this.#reading.room) break
    }
  }

  #keep(server: Server): void {
    this.#servers.push(server)
    // Of a connection that could not be accepted, for want of descriptors: nothing that others should suffer from.
    server.on('error', error => this.#refusals.note(messageOf(error)))
  }

  async #createServer(): Promise<Server> {
    const { certificates, most } = this.#options
    const accepting = {
      accept: (socket: Socket) => this.#accept(socket),
      admit: (socket: Socket, sender?: string) => this.#admit(socket, sender),
      refusals: this.#refusals,
    }
    return certificates ? createSecureServer(certificates, accepting, most) : createPlainServer(accepting)
  }

  #accept(socket: Socket): void {
    // Of what nobody reads yet, such as a connection that breaks before its TLS is agreed.
    socket.on('error', () => {})
    this.#accepted.add(socket)
    socket.once('close', () => this.#accepted.delete(socket))
    socket.setKeepAlive(true, KEEP_ALIVE)
  }

  #admit(socket: Socket, sender: string | undefined): void {
    const { most, count } = this.#options
    if (this.#admitted.size >= most) {
      const goes = this.#oldestStranger() ?? socket
      this.#refusals.note(`there are ${most} already (--max-connections)`, goes)
      this.#admitted.delete(goes)
      this.#strangers.delete(goes)
      goes.destroy()
      if (goes === socket) return
    }
    this.#admitted.add(socket)
    if (sender === undefined) this.#strangers.add(socket)
    count('connections')
    socket.once('close', () => {
      this.#admitted.delete(socket)
      this.#strangers.delete(socket)
      count('connectionsClosed')
    })
    if (this.#openConversation) this.#read(socket, sender)
    else {
      // As long as nobody reads it, and it may break meanwhile.
      socket.on('error', () => {})
      this.#early.push([socket, sender])
    }
  }

  /**
   * Whoever connects and says nothing would keep all others out. Not one that is not read, which may have said something.
   */
  #oldestStranger(): Socket | undefined {
    const [oldest] = this.#strangers
    return oldest && !this.#reading.room && !this.#reading.isPaused(oldest) ? oldest : undefined
  }

  #read(socket: Socket, sender: string | undefined): void {
    if (socket.destroyed) return
    const { idle, log } = this.#options
    const peer = formatHostPort(socket.remoteAddress ?? '', socket.remotePort ?? 0)
    const conversation = this.#openConversation!({ peer, ...(sender !== undefined && { sender }) }, socket)
    this.#reading.add(socket)
    let isKnown = sender !== undefined
    socket.on('data', chunk => {
      this.#came = true
      const until = conversation.data(chunk)
      if (!isKnown && conversation.isKnown !== false) {
        isKnown = true
        this.#strangers.delete(socket)
      }
      if (until) this.#reading.hold(socket, until)
      // Who does not read what it is told is not read either: else answers would pile up here.
      else if (socket.writableNeedDrain) this.#reading.hold(socket, drained(socket))
    })
    // It breaks, and then closes: a peer that went away is nothing to tell of.
    socket.on('error', error => log.debug({ peer }, `connection: ${messageOf(error)}`))
    socket.once('end', () => {
      this.#reading.delete(socket)
      if (conversation.ended) conversation.ended()
      else socket.end()
    })
    socket.once('close', () => {
      this.#reading.delete(socket)
      conversation.end()
    })
    if (idle > 0) endSilent(socket, conversation, idle, () => this.#reading.isPaused(socket))
  }
}
