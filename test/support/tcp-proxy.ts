import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'

type End = 'client' | 'server'

interface Pair {
  client: Socket
  /** Absent as long as nothing may go through. */
  server?: Socket
}

/** A TCP connection's bad luck on command: it stands between two programs on 127.0.0.1. */
export class TcpProxy {
  readonly port: number
  /** Connections that were accepted, ever. */
  accepted = 0
  /** Milliseconds that bytes take, each way. */
  delay = 0
  /** Where new connections lead. */
  target: number
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  /** Ends whose other ends are gone. */
  readonly #halves = new Set<Socket | undefined>()
  /** Ends whose other ends went into the black hole. */
  readonly #orphans = new Set<Socket | undefined>()
  #blackHole = false

  private constructor(server: Server, target: number) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    this.target = target
    server.on('connection', client => this.#accept(client))
  }

  static async open(t: TestContext, target: number): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const proxy = new TcpProxy(server, target)
    t.after(() => proxy.close())
    return proxy
  }

  get connections(): number {
    return this.#pairs.size
  }

  /** Ends all connections with RST, at both ends. */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy()
      server?.resetAndDestroy()
    }
    this.#pairs.clear()
  }

  /** Ends all connections with RST at one end. The other learns nothing: what it says goes nowhere. */
  cutHalfOpen(end: End): void {
    for (const pair of this.#pairs) {
      this.#pairs.delete(pair)
      this.#halves.add(pair[end === 'client' ? 'server' : 'client'])
      pair[end]?.resetAndDestroy()
    }
  }

  /** Takes what comes and forwards nothing, on connections old and new; what was taken goes on when it ends. */
  set blackHole(on: boolean) {
    this.#blackHole = on
    for (const orphan of this.#orphans) orphan?.resetAndDestroy()
    this.#orphans.clear()
    for (const pair of this.#pairs) this.#join(pair)
  }

  close(): void {
    this.#server.close()
    this.reset()
    for (const end of [...this.#halves, ...this.#orphans]) end?.destroy()
  }

  #accept(client: Socket): void {
    this.accepted++
    const pair: Pair = { client }
    this.#pairs.add(pair)
    this.#watch(pair, client)
    this.#join(pair)
  }

  #join(pair: Pair): void {
    if (this.#blackHole) {
      pair.client.pause()
      pair.server?.pause()
    } else if (pair.server) {
      pair.client.resume()
      pair.server.resume()
    } else this.#connect(pair)
  }

  #connect(pair: Pair): void {
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true })
    pair.server = server
    this.#watch(pair, server)
    this.#forward(pair.client, server)
    this.#forward(server, pair.client)
  }

  #forward(from: Socket, to: Socket): void {
    let last = Promise.resolve()
    let waiting = 0
    const later = (act: () => void) => {
      // Nothing overtakes what was delayed before it.
      if (this.delay === 0 && waiting === 0) return act()
      const delayed = wait(this.delay)
      waiting++
      last = last
        .then(() => delayed)
        .then(() => {
          waiting--
          act()
        })
    }
    from.on('data', bytes =>
      later(() => {
        if (to.destroyed || to.write(bytes)) return
        from.pause()
        to.once('drain', () => this.#blackHole || from.resume())
      }),
    )
    // A paused socket may still say that it has ended.
    from.on('end', () => later(() => this.#blackHole || to.end()))
  }

  #watch(pair: Pair, socket: Socket): void {
    socket.on('error', () => {})
    socket.on('close', () => {
      if (!this.#pairs.delete(pair)) return
      const other = socket === pair.client ? pair.server : pair.client
      if (this.#blackHole) this.#orphans.add(other)
      else other?.destroy()
    })
  }
}
