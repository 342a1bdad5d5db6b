import { Router } from 'zeromq'
import { GREETING, NO_HELLO } from '../../ack/party.ts'
import type { Endpoint } from '../../endpoint.ts'
import type { Logger } from '../../process/log.ts'
import { bindSocket, optionsFor } from '../address.ts'
import { Awaited } from './awaited.ts'
import {
  HANDSHAKE,
  Line,
  type Listener,
  maxMessageSize,
  NO_PIPE,
  PARTING,
  type Peer,
  UNBOUNDED,
} from './line.ts'
import { Sending } from './sending.ts'

/** Listens: one ROUTER for all peers. */
export class BoundLine extends Line {
  readonly #socket: Router
  readonly #out: Sending
  readonly #peers = new Map<string, Peer>()
  readonly #handshakes = new Awaited(HANDSHAKE, () => this.complain(NO_PIPE))
  readonly #hellos = new Awaited(GREETING, () => this.complain(NO_HELLO))
  #release = () => {}
  #again: NodeJS.Timeout | undefined
  #closed = false

  constructor(endpoint: Endpoint, max: number, listener: Listener, log: Logger, changed: () => void) {
    super(endpoint, listener, log, changed)
    this.#socket = new Router({
      ...optionsFor(endpoint),
      ...UNBOUNDED,
      maxMessageSize: maxMessageSize(max),
      handshakeInterval: GREETING,
      // Sending to somebody who is gone fails, which is how it is known that he is.
      mandatory: true,
      sendTimeout: 0,
    })
    this.#out = new Sending(this.#socket)
  }

  async open(): Promise<void> {
    const { events } = this.#socket
    events.on('accept', () => this.#handshakes.begin())
    events.on('handshake', () => {
      this.#handshakes.came()
      this.#hellos.begin()
    })
    events.on('disconnect', () => {
      this.#probe()
      // libzmq tells it a moment before sending to that peer fails: so once more after the last one that has gone.
      clearTimeout(this.#again)
      this.#again = setTimeout(() => this.#probe(), 250).unref()
    })
    this.#release = await bindSocket(this.#socket, this.endpoint, this.status)
    this.#receive()
    this.awaitSomebody()
  }

  override greeted(peer: Peer): void {
    if (!this.isGreeted(peer)) this.#hellos.came()
    super.greeted(peer)
  }

  send(peer: Peer, frame: Buffer): void {
    this.#out.push([peer.id!, frame], () =>
      this.part(peer, () => {
        if (!this.#closed && this.#peers.delete(keyOf(peer.id!))) this.lose(peer)
      }),
    )
  }

  override hangUp(peer: Peer, why?: string): void {
    // One that never said hello has said something else instead.
    if (!this.#peers.delete(keyOf(peer.id!))) return
    super.hangUp(peer, why)
  }

  close(): void {
    this.#closed = true
    this.#out.close(PARTING)
    this.#release()
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const [id, ...frames] = await this.#socket.receive()
        if (this.#closed) return
        if (id) this.hear(this.#peerOf(id), frames)
      }
    } catch (error) {
      if (!this.#closed) throw error
    }
  }

  /** Which connection has ended, libzmq does not say: sending to it fails, or it is one whose handshake will not come. */
  #probe(): void {
    if (!this.#closed) this.listener.probe()
  }

  #peerOf(id: Buffer): Peer {
    const key = keyOf(id)
    const known = this.#peers.get(key)
    if (known) return known
    const peer = { line: this, id: Buffer.from(id) }
    this.#peers.set(key, peer)
    return peer
  }
}

/** A routing id as the key of a map. */
function keyOf(id: Buffer): string {
  return id.toString('latin1')
}
