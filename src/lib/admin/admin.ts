import { createServer, type Server, type Socket } from 'node:net'
import { formatHostPort, type HostPort } from '../host-port.ts'
import { cannotListen } from '../listening.ts'
import type { AdminView } from './http.ts'

// One who connects and says nothing must not keep others out, nor eat the descriptors of the daemon.
const SILENCE = 10_000
const MOST_CONNECTIONS = 64

/**
 * The admin faces: a unix socket, and an address when asked. They are plain sockets until somebody calls:
 * node:http and prom-client cost 1 MB and 10 ms, which an idle daemon need not have.
 */
export class Admin {
  readonly #view: AdminView
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  #handle: Promise<(socket: Socket) => void> | undefined

  constructor(view: AdminView) {
    this.#view = view
  }

  /** Listens on a unix socket. The caller holds the lock of its name, so what lies at the path is stale. */
  async listenUnix(path: string): Promise<void> {
    const { chmod, lstat, rm } = await import('node:fs/promises')
    const there = await lstat(path).catch(() => undefined)
    if (there && !there.isSocket()) throw new Error('there is a file of that name')
    await rm(path, { force: true })
    await this.#listen(server => server.listen(path))
    await chmod(path, 0o660)
  }

  /** Listens on `host:port`; returns the address with its real port. Throws Fatal when it is taken. */
  async listenTcp(where: HostPort): Promise<string> {
    const { host, port } = where
    try {
      const server = await this.#listen(server => server.listen(port, host))
      const address = server.address()
      return `http://${formatHostPort(host!, typeof address === 'object' ? address!.port : port)}`
    } catch (error) {
      throw cannotListen(where, error, '--admin')
    }
  }

  /** Listens on a socket that systemd has handed over. */
  async listenOn(fd: number): Promise<void> {
    await this.#listen(server => server.listen({ fd }))
  }

  close(): void {
    for (const server of this.#servers) server.close()
    // node:http keeps no list of connections that it did not accept itself.
    for (const socket of this.#sockets) socket.destroy()
  }

  async #listen(bind: (server: Server) => void): Promise<Server> {
    const server = createServer(socket => {
      // Nothing that comes before the handler is there gets lost: a socket is paused until somebody reads it.
      this.#sockets.add(socket)
      // node:http keeps its own time-outs only for connections that it accepted itself.
      socket.setTimeout(SILENCE, () => socket.destroy())
      socket.on('error', () => socket.destroy()).on('close', () => this.#sockets.delete(socket))
      this.#handle ??= import('./http.ts').then(({ speakHttp }) => speakHttp(this.#view))
      this.#handle.then(
        handle => handle(socket),
        () => socket.destroy(),
      )
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.once('listening', resolve)
      bind(server)
    })
    // Of a connection that could not be accepted, for want of descriptors: nothing that the daemon should suffer from.
    server.on('error', () => {})
    server.maxConnections = MOST_CONNECTIONS
    this.#servers.push(server)
    return server
  }
}
