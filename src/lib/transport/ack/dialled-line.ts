import { randomUUID } from 'node:crypto'
import { Dealer } from 'zeromq'
import type { Dialler } from '../../ack/message.ts'
import { GREETING } from '../../ack/party.ts'
import { Backoff } from '../../backoff.ts'
import { proofOf } from '../../curve/proof.ts'
import type { Endpoint } from '../../endpoint.ts'
import { messageOf } from '../../errors.ts'
import { connectSocket, optionsFor } from '../address.ts'
import { orKeys, whenNotShaken } from '../handshake.ts'
import {
  HANDSHAKE,
  Line,
  type LineContext,
  type Listener,
  maxMessageSize,
  NO_PIPE,
  PARTING,
  type Peer,
  UNBOUNDED,
} from './line.ts'
import { Sending } from './sending.ts'

/** Dials, again and again: a session is one DEALER, so that nothing stale can come before its hello. */
export class DialledLine extends Line {
  /** The same each time that it dials. */
  readonly #name = randomUUID()
  readonly #dialler: Dialler
  readonly #max: number
  readonly #backoff = new Backoff()
  #socket: Dealer | undefined
  #out: Sending | undefined
  #peer: Peer | undefined
  #timer: NodeJS.Timeout | undefined
  /** How often in a row a connection has ended before the handshake. */
  #unshaken = 0
  #closed = false

  constructor(endpoint: Endpoint, max: number, listener: Listener, context: LineContext) {
    super(endpoint, listener, context)
    this.#max = max
    const { keys } = endpoint
    this.#dialler = {
      line: this.#name,
      ...(keys?.server && {
        key: keys.own.publicKey,
        proof: proofOf(keys.own, keys.server.publicKey, this.#name),
      }),
    }
  }

  async open(): Promise<void> {
    this.#dial()
    this.awaitSomebody()
  }

  override greeted(peer: Peer): void {
    this.#backoff.reset()
    super.greeted(peer)
  }

  send(peer: Peer, frame: Buffer): void {
    if (peer === this.#peer) this.#out!.push(frame)
  }

  override hangUp(peer: Peer, why?: string): void {
    super.hangUp(peer, why)
    // After a bye nothing is left to say, and what was sent for the old session must not come into the next one.
    if (peer === this.#peer) this.#redial(why === undefined ? 0 : PARTING)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#drop(PARTING)
  }

  #dial(): void {
    const socket = new Dealer({
      ...optionsFor(this.endpoint),
      ...UNBOUNDED,
      maxMessageSize: maxMessageSize(this.#max),
      // What accepts a connection and says nothing is no peer of ours; libzmq would wait for 30 s.
      handshakeInterval: GREETING,
      // Before it has connected. After a session it must not dial by itself before we have closed it: what was left
      // over would come before the hello. (Not -1: then what was received and not read yet would be lost.)
      reconnectInterval: 250,
      reconnectMaxInterval: 2_000,
    })
    const { keys } = this.endpoint
    // Whom we were told to dial we trust in what it says of others.
    const peer: Peer = { line: this, ...(keys && { sender: { name: keys.server?.name, relay: true } }) }
    this.#socket = socket
    this.#peer = peer
    this.#out = new Sending(socket)
    let shaken = false
    let connected = 0
    let cause: string | undefined
    whenNotShaken(socket.events, this.endpoint, why => {
      cause = why
    })
    socket.events.on('connect', () => {
      connected = performance.now()
      setTimeout(() => {
        if (peer === this.#peer && !shaken) this.hangUp(peer, NO_PIPE)
      }, HANDSHAKE).unref()
    })
    socket.events.on('handshake', () => {
      if (peer !== this.#peer || this.isParting(peer)) return
      shaken = true
      this.#unshaken = 0
      this.listener.opened(peer, this.#dialler)
      this.expectHello()
    })
    socket.events.on('disconnect', () => {
      if (peer !== this.#peer) return
      if (!shaken) this.#notShaken(performance.now() - connected, cause)
      this.part(peer, () => {
        if (peer !== this.#peer) return
        this.lose(peer)
        this.#redial(0)
      })
    })
    connectSocket(socket, this.endpoint)
    this.#receive(socket, peer)
  }

  async #receive(socket: Dealer, peer: Peer): Promise<void> {
    try {
      for (;;) {
        const frames = await socket.receive()
        if (peer !== this.#peer) return
        this.hear(peer, frames)
      }
    } catch (error) {
      // A receive that is pending when the socket is closed ends in EAGAIN.
      if (peer === this.#peer) throw error
    }
  }

  /** Who hangs up at once may be a peer that is just being restarted: not so the second time. */
  #notShaken(after: number, why = NO_PIPE + orKeys(this.endpoint)): void {
    if (++this.#unshaken > 1 || after > HANDSHAKE / 2) this.complain(why)
  }

  /** A new socket, after a pause. */
  #redial(linger: number): void {
    this.#drop(linger)
    if (!this.#closed) this.#timer = setTimeout(() => this.#dialAgain(), this.#backoff.next())
  }

  #dialAgain(): void {
    try {
      this.#dial()
    } catch (error) {
      // No descriptor is left, say.
      this.complain(messageOf(error))
      this.#redial(0)
    }
  }

  #drop(linger: number): void {
    const socket = this.#socket
    if (!socket) return
    this.#peer = undefined
    this.#socket = undefined
    this.#out!.close(linger)
  }
}
