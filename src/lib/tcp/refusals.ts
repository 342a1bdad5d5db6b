import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Logger } from 'pino'
import { codeOf, messageOf } from '../errors.ts'
import { formatHostPort } from '../host-port.ts'
import { atMostEvery } from '../throttle.ts'
import { describeTlsFailure } from '../tls/reason.ts'

/** Milliseconds in which a refused connection is told of once: who floods the port must not flood the log. */
const WARN_EVERY = 10_000

/** Tells of connections that were refused. */
export class Refusals {
  readonly #log: Logger
  readonly #count: () => void
  readonly #mayWarn = atMostEvery(WARN_EVERY)

  constructor(log: Logger, count: () => void) {
    this.#log = log
    this.#count = count
  }

  note(why: string, socket?: Socket): void {
    this.#count()
    if (this.#mayWarn()) this.#log.warn(addressOf(socket), `a connection was refused: ${why}`)
  }

  /** TLS was not agreed. */
  noteTls(error: Error, socket: TLSSocket): void {
    // Of a certificate that was looked at, Node says no more than that the connection has ended.
    const why = socket.authorizationError as Error | string | undefined | null
    if (why) this.note(`its certificate will not do: ${why instanceof Error ? messageOf(why) : why}`, socket)
    else if (codeOf(error) !== 'ECONNRESET') this.note(describeTlsFailure(error), socket)
    // It has gone, or was refused before: who looks whether somebody is there connects, and closes.
    else this.#log.debug(addressOf(socket), `connection: ${messageOf(error)}`)
  }
}

function addressOf(socket: Socket | undefined): { peer?: string } {
  if (!socket?.remoteAddress) return {}
  return { peer: formatHostPort(socket.remoteAddress, socket.remotePort ?? 0) }
}
