import type { Socket } from 'zeromq'
import type { Endpoint } from '../endpoint.ts'
import { connectSocket } from './address.ts'
import type { Door } from './door.ts'
import type { LinkContext, LinkStatus } from './link.ts'
import { type Peers, watchPeers } from './peers.ts'
import { RenewableSocket } from './renewable-socket.ts'

/** A socket at its endpoint: bound, or connected. */
export class Joined<S extends Socket> {
  readonly #endpoint: Endpoint
  readonly #status: LinkStatus
  readonly #context: LinkContext
  readonly #door: Door | undefined
  readonly #renewable: RenewableSocket<S>
  #peers!: Peers

  constructor(
    endpoint: Endpoint,
    status: LinkStatus,
    context: LinkContext,
    door: Door | undefined,
    create: () => S,
  ) {
    this.#endpoint = endpoint
    this.#status = status
    this.#context = context
    this.#door = door
    this.#renewable = new RenewableSocket(() => {
      const socket = create()
      this.#peers = watchPeers(socket, endpoint, status, context.log)
      return socket
    })
  }

  get socket(): S {
    return this.#renewable.socket
  }

  get peers(): Peers {
    return this.#peers
  }

  /** Undefined where the socket is not being replaced. */
  get renewed(): Promise<void> | undefined {
    return this.#renewable.renewed
  }

  /** Throws Fatal. */
  async open(): Promise<void> {
    if (this.#endpoint.mode === 'connect') return connectSocket(this.socket, this.#endpoint)
    try {
      await this.#door?.open(() => this.endAll('somebody is not allowed any more'))
      await this.#renewable.open(this.#endpoint, this.#status)
    } catch (error) {
      this.close(0)
      throw error
    }
  }

  /** What is under way gets so many milliseconds to leave. */
  close(linger: number): void {
    if (!this.socket.closed) this.socket.linger = linger
    this.socket.close()
    this.#renewable.close()
    this.#door?.close()
  }

  /**
   * For what one of them has done: libzmq does not say which connection is his.
   * @param why undefined where it has been told
   */
  endAll(why: string | undefined): void {
    const { log, fatal } = this.#context
    if (why !== undefined)
      log.warn(
        `${this.#status.endpoint}: ${why}: all connections end, and what is on its way in them is lost`,
      )
    this.#renewable.renew(this.#endpoint, this.#status).catch(fatal)
  }
}
