import type { Socket } from 'node:net'

/**
 * Connections that have not agreed on TLS. They do not count among those who may be connected, or whoever connects and says
 * nothing would keep all others out; when there are too many, the oldest one has to go: to agree takes milliseconds.
 */
export class Handshakes {
  readonly #most: number
  /** By their addresses: node:tls does not tell what its sockets run over. */
  readonly #sockets = new Map<string, Socket>()

  constructor(most: number) {
    this.#most = most
  }

  /** One has begun. Returns the one that has to go for it. */
  begin(socket: Socket): Socket | undefined {
    const key = connectionKey(socket)
    this.#sockets.set(key, socket)
    socket.once('close', () => {
      if (this.#sockets.get(key) === socket) this.#sockets.delete(key)
    })
    return this.#sockets.size > this.#most ? this.#sockets.values().next().value : undefined
  }

  /** It has come to its end, on the socket that runs over that one. */
  end(secure: Socket): void {
    this.#sockets.delete(connectionKey(secure))
  }
}

/** Says which connection it is, on a socket and on what that runs over. */
export function connectionKey({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return [localAddress, localPort, remoteAddress, remotePort].join(' ')
}
