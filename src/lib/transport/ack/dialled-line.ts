import { randomUUID } from 'node:crypto'
import { Dealer } from 'zeromq'
import { GREETING } from '../../ack/party.ts'
import { Backoff } from '../../backoff.ts'
import type { Endpoint } from '../../endpoint.ts'
import type { Logger } from '../../log.ts'
import { optionsFor } from '../address.ts'
import { HANDSHAKE, Line, type Listener, MAX_SLACK, NO_PIPE, PARTING, type Peer, UNBOUNDED } from './line.ts'
import { Sending } from './sending.ts'

/** Dials, again and again: a session is one DEALER, so that nothing stale can come before its hello. */
export class DialledLine extends Line {
  /** The same each time that it dials. */
  readonly #name = randomUUID()
  readonly #max: number
  readonly #backoff = new Backoff()
  #socket: Dealer | undefined
  #out: Sending | undefined
  #peer: Peer | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(endpoint: Endpoint, max: number, listener: Listener, log: Logger) {
    super(endpoint, listener, log)
    this.#max = max
  }

  async open(): Promise<void> {
    this.#dial()
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
    if (peer === this.#peer) this.#redial(PARTING)
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
      maxMessageSize: this.#max * MAX_SLACK,
      // What accepts a connection and says nothing is no peer of ours; libzmq would wait for 30 s.
      handshakeInterval: GREETING,
      reconnectInterval: 100,
      reconnectMaxInterval: 2_000,
    })
    const peer: Peer = { line: this }
    this.#socket = socket
    this.#peer = peer
    this.#out = new Sending(socket)
    let shaken = false
    socket.events.on('connect', () => {
      setTimeout(() => {
        if (peer === this.#peer && !shaken) this.hangUp(peer, NO_PIPE)
      }, HANDSHAKE).unref()
    })
    socket.events.on('handshake', () => {
      if (peer !== this.#peer) return
      shaken = true
      this.listener.opened(peer, this.#name)
      this.expectHello()
    })
    socket.events.on('disconnect', () => {
      if (peer !== this.#peer) return
      if (!shaken) this.complain(NO_PIPE)
      this.lose(peer)
      this.#redial(0)
    })
    socket.connect(this.endpoint.address)
    this.#receive(socket, peer)
  }

  async #receive(socket: Dealer, peer: Peer): Promise<void> {
    try {
      for (;;) {
        const frames = await socket.receive()
        if (peer !== this.#peer) return
        for (const frame of frames) this.listener.received(peer, frame)
      }
    } catch (error) {
      // A receive that is pending when the socket is closed ends in EAGAIN.
      if (peer === this.#peer) throw error
    }
  }

  /** A new socket, after a pause. */
  #redial(linger: number): void {
    this.#drop(linger)
    if (!this.#closed) this.#timer = setTimeout(() => this.#dial(), this.#backoff.next())
  }

  #drop(linger: number): void {
    const socket = this.#socket
    if (!socket) return
    this.#peer = undefined
    this.#socket = undefined
    this.#out!.close(linger)
  }
}
