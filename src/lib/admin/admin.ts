import { createServer, type Server, type Socket } from 'node:net'
import type { Server as TlsServer } from 'node:tls'
import type { Logger } from 'pino'
import { formatHostPort, type HostPort } from '../host-port.ts'
import { cannotListen } from '../listening.ts'
import { Refusals } from '../tcp/refusals.ts'
import type { Certificates } from '../tls/certificates.ts'
import type { AdminGuard, AdminView } from './http.ts'

// One who connects and says nothing must not keep others out, nor eat the descriptors of the daemon.
const SILENCE = 10_000
const MOST_CONNECTIONS = 64

/**
 * The admin faces: a unix socket, and an address when asked. They are plain sockets until somebody calls:
 * node:http and prom-client cost 1 MB and 10 ms, which an idle daemon need not have.
 */
export class Admin {
  readonly #view: AdminView
  readonly #log: Logger
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  /** Those that have not asked anything yet, oldest first. */
  readonly #silent = new Set<Socket>()

  constructor(view: AdminView, log: Logger) {
    this.#view = view
    this.#log = log
  }

  /** Listens on a unix socket. The caller holds the lock of its name, so what lies at the path is stale. */
  async listenUnix(path: string): Promise<void> {
    const { chmod, lstat, rm } = await import('node:fs/promises')
    const there = await lstat(path).catch(() => undefined)
    if (there && !there.isSocket()) throw new Error('there is a file of that name')
    await rm(path, { force: true })
    await this.#listen(await this.#createServer(), server => server.listen(path))
    await chmod(path, 0o660)
  }

  /** Listens on `host:port`; returns its URL, with its real port. Throws Fatal when it is taken. */
  async listenTcp(where: HostPort, guard: AdminGuard, certificates?: Certificates): Promise<string> {
    const { host, port } = where
    const server = await this.#createServer(guard, certificates)
    try {
      await this.#listen(server, server => server.listen(port, host))
    } catch (error) {
      throw cannotListen(where, error, '--admin')
    }
    const address = server.address()
    const real = typeof address === 'object' ? address! : { address: '', port }
    return `${certificates ? 'https' : 'http'}://${formatHostPort(host ?? real.address, real.port)}`
  }

  /** Listens on a socket that systemd has handed over; without a guard, one of the unix domain. */
  async listenOn(fd: number, guard?: AdminGuard, certificates?: Certificates): Promise<void> {
    await this.#listen(await this.#createServer(guard, certificates), server => server.listen({ fd }))
  }

  close(): void {
    for (const server of this.#servers) server.close()
    // node:http keeps no list of connections that it did not accept itself.
    for (const socket of this.#sockets) socket.destroy()
  }

  async #createServer(guard?: AdminGuard, certificates?: Certificates): Promise<Server> {
    const speak = this.#face(guard)
    return certificates ? this.#createSecure(certificates, speak) : createServer(speak)
  }

  async #createSecure(certificates: Certificates, speak: (socket: Socket) => void): Promise<TlsServer> {
    const { createServer: createTlsServer } = await import('node:tls')
    const server = createTlsServer({ ...certificates.options })
    certificates.guard(server, {
      refusals: new Refusals(this.#log, () => {}),
      handshakes: MOST_CONNECTIONS,
      accept: socket => this.#keep(socket),
      admit: speak,
    })
    return server
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  /** What is done with each connection of a face. */
  #face(guard?: AdminGuard): (socket: Socket) => void {
    let speaking: Promise<(socket: Socket) => void> | undefined
    return socket => {
      // Nothing that comes before the handler is there gets lost: a socket is paused until somebody reads it.
      this.#welcome(socket)
      speaking ??= import('./http.ts').then(({ speakHttp }) =>
        speakHttp(this.#view, guard, socket => this.#silent.delete(socket)),
      )
      speaking.then(
        speak => speak(socket),
        () => socket.destroy(),
      )
    }
  }

  /** Whoever has not asked after a while has to go, and when there are many, the one who has not for the longest time. */
  #welcome(socket: Socket): void {
    this.#keep(socket)
    this.#silent.add(socket)
    // node:http keeps its own time-outs only for connections that it accepted itself. This one is for who reads nothing,
    socket.setTimeout(SILENCE, () => socket.destroy())
    // and this one for who sends a byte now and then.
    const late = setTimeout(() => this.#silent.has(socket) && socket.destroy(), SILENCE).unref()
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      clearTimeout(late)
      this.#silent.delete(socket)
    })
    if (this.#silent.size > MOST_CONNECTIONS) this.#silent.values().next().value!.destroy()
  }

  async #listen(server: Server, bind: (server: Server) => void): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.once('listening', resolve)
      bind(server)
    })
    // Of a connection that could not be accepted, for want of descriptors: nothing that the daemon should suffer from.
    server.on('error', () => {})
    // With those who are being answered, and those who agree on TLS.
    server.maxConnections = 4 * MOST_CONNECTIONS
    this.#servers.push(server)
  }
}
