import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connectionKey } from '../tcp/handshakes.ts'
import type { SafeResponse } from './response.ts'

/** Milliseconds in which the first request of a connection has come. */
const A_MOMENT = 100

/**
 * Knows what is going on at each connection of a server, to end it well. Node's own closeIdleConnections takes a
 * connection for idle as soon as `end` was called, and would cut off a large answer that is still on its way.
 */
export class Connections {
  readonly #server: Server
  /** All that were accepted; under TLS, what it runs over. */
  readonly #accepted = new Set<Socket>()
  /** Those that requests come from. */
  readonly #speaking = new Set<Socket>()
  /** Those of which no request has come yet. */
  readonly #fresh = new Set<Socket>()
  /** Those that no request has come from, with TLS also who has not agreed on it. */
  readonly #strangers = new Map<string, Socket>()
  readonly #busy = new Map<Socket, Set<SafeResponse>>()
  #closing = false

  /** To be made before the app listens for requests. */
  constructor(server: Server) {
    this.#server = server
    server.on('connection', socket => {
      keep(this.#accepted, socket)
      const key = connectionKey(socket)
      this.#strangers.set(key, socket)
      socket.once('close', () => {
        if (this.#strangers.get(key) === socket) this.#strangers.delete(key)
      })
    })
    const speaking = 'setSecureContext' in server ? 'secureConnection' : 'connection'
    server.on(speaking, socket => {
      keep(this.#speaking, socket)
      keep(this.#fresh, socket)
    })
    server.on('request', (request, response) => this.#begin(request, response as SafeResponse))
  }

  /** It speaks another protocol from now on, and is nothing of ours before the end. */
  leave(socket: Socket): void {
    this.#fresh.delete(socket)
    this.#speaking.delete(socket)
    this.#strangers.delete(connectionKey(socket))
  }

  /** Makes room for those who want to come in. Who has never asked goes first: clients keep their connections for the next request. */
  makeRoom(): void {
    if (this.#strangers.size === 0) this.#endIdle()
    for (const socket of this.#strangers.values()) socket.destroy()
  }

  #endIdle(except?: ReadonlySet<Socket>): void {
    for (const socket of this.#speaking) if (!this.#busy.has(socket) && !except?.has(socket)) socket.destroy()
  }

  /**
   * Stops accepting, ends what is idle (who has just connected is about to ask, and is heard) and all streams of events, gives what is running so many milliseconds, then
   * destroys what is left.
   */
  async close(grace: number): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    const closed = once(this.#server, 'close')
    // Not the one of http.Server, which would use closeIdleConnections.
    NetServer.prototype.close.call(this.#server)
    this.#endIdle(this.#fresh)
    const moment = setTimeout(() => this.#endIdle(), A_MOMENT)
    for (const responses of this.#busy.values())
      for (const response of responses) if (response.isEventStream) response.destroy()
    const enough = new AbortController()
    await Promise.race([closed, wait(grace, undefined, { signal: enough.signal }).catch(() => {})])
    enough.abort()
    clearTimeout(moment)
    for (const socket of this.#accepted) socket.destroy()
    await closed
    // Now there is nothing to cut off, and Node may give up its timers.
    this.#server.close()
  }

  #begin({ socket }: IncomingMessage, response: SafeResponse): void {
    this.#fresh.delete(socket)
    if (this.#strangers.size > 0) this.#strangers.delete(connectionKey(socket))
    const responses = this.#busy.get(socket)
    if (responses) responses.add(response)
    else this.#busy.set(socket, new Set([response]))
    if (this.#closing) response.shouldKeepAlive = false
    response.once('close', () => this.#end(socket, response))
  }

  #end(socket: Socket, response: SafeResponse): void {
    const responses = this.#busy.get(socket)
    responses?.delete(response)
    if (!responses || responses.size > 0) return
    this.#busy.delete(socket)
    if (this.#closing) socket.destroySoon()
  }
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
}
