import { setTimeout as wait } from 'node:timers/promises'
import type { Endpoint } from '../endpoint.ts'
import { type Binder, bindSocket, connectSocket } from './address.ts'
import type { LinkStatus } from './link.ts'

/** How often, in milliseconds, it is tried to bind an address again that was ours a moment before. */
const EVERY = 20

/**
 * A socket that can be opened anew in the place of the old one, by which all its connections end: those who may come back do so by themselves. (libzmq's
 * `unbind` would do the same. It aborts the process, once in some hundred times: "Assertion failed: _state == term_ack_sent", libzmq 4.3.5.)
 */
export class RenewableSocket<S extends Binder> {
  socket: S
  readonly #create: () => S
  readonly #patience: number
  #release = () => {}
  #renewed: Promise<void> | undefined
  #closed = false

  /**
   * @param create makes a socket that is not bound
   * @param patience milliseconds in which the address has to be free again
   */
  constructor(create: () => S, patience = 10_000) {
    this.#create = create
    this.#patience = patience
    this.socket = create()
  }

  /** Throws Fatal. */
  async open(endpoint: Endpoint, status: LinkStatus): Promise<void> {
    this.#release = await bindSocket(this.socket, endpoint, status)
  }

  /** Settles when there is a socket again; undefined where there is one. */
  get renewed(): Promise<void> | undefined {
    return this.#renewed
  }

  /** Rejects with Fatal when the address cannot be had again; then nobody goes on with it. */
  async renew(endpoint: Endpoint, status: LinkStatus): Promise<void> {
    // Whoever comes from now on is looked up in what holds now.
    if (this.#renewed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#renewed = promise
    this.#release()
    this.socket.close()
    // With the port that was chosen for `*`.
    const address = status.endpoint.replace(/^[a-z]+\+|\?.*$/gs, '')
    await this.#bindAgain({ ...endpoint, address }, status)
    this.#renewed = undefined
    resolve()
  }

  close(): void {
    this.#closed = true
    this.#release()
  }

  /** libzmq gives an address free in a thread of its own, some time after the socket was closed. */
  async #bindAgain(endpoint: Endpoint, status: LinkStatus): Promise<void> {
    for (const until = performance.now() + this.#patience; !this.#closed; await wait(EVERY)) {
      try {
        this.socket = this.#create()
        if (endpoint.mode === 'connect') return connectSocket(this.socket, endpoint)
        const release = await bindSocket(this.socket, endpoint, status)
        if (!this.#closed) this.#release = release
        else release()
        return
      } catch (error) {
        // What is closed while it is being bound has no address to ask for.
        if (!this.#closed && performance.now() > until) throw error
      }
    }
  }
}
