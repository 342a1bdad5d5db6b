import { Router } from 'zeromq'
import type { Hello } from '../../ack/message.ts'
import { GREETING, NO_HELLO } from '../../ack/party.ts'
import { isProof } from '../../curve/proof.ts'
import type { Endpoint } from '../../endpoint.ts'
import { optionsFor } from '../address.ts'
import { type Door, doorOf } from '../door.ts'
import { countRefused, whenNotShaken } from '../handshake.ts'
import { RenewableSocket } from '../renewable-socket.ts'
import { Awaited } from './awaited.ts'
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

/** Milliseconds after which peers are looked for again when one has left. */
const AGAIN = 250

/** Listens: one ROUTER for all peers. */
export class BoundLine extends Line {
  readonly #renewable: RenewableSocket<Router>
  readonly #fatal: (error: unknown) => void
  readonly #door: Door | undefined
  /** Somebody who has come in is not allowed any more, and his connection may still be there. */
  #hasRevoked = false
  #out!: Sending
  readonly #peers = new Map<string, Peer>()
  readonly #handshakes = new Awaited(HANDSHAKE, () => this.complain(NO_PIPE))
  readonly #hellos = new Awaited(GREETING, () => this.complain(NO_HELLO))
  #again: NodeJS.Timeout | undefined
  /** Somebody has, since peers were looked for. */
  #hasLeft = false
  #closed = false

  constructor(endpoint: Endpoint, max: number, listener: Listener, context: LineContext) {
    super(endpoint, listener, context)
    this.#fatal = context.fatal
    this.#door = doorOf(endpoint, this.status, context)
    this.#renewable = new RenewableSocket(() => this.#createSocket(max))
  }

  #createSocket(max: number): Router {
    const socket = new Router({
      ...optionsFor(this.endpoint, this.#door),
      ...UNBOUNDED,
      maxMessageSize: maxMessageSize(max),
      handshakeInterval: GREETING,
      // Sending to somebody who is gone fails, which is how it is known that he is.
      mandatory: true,
      sendTimeout: 0,
    })
    this.#out = new Sending(socket)
    const { events } = socket
    events.on('accept', () => this.#handshakes.begin())
    events.on('handshake', () => {
      this.#handshakes.came()
      this.#hellos.begin()
    })
    countRefused(events, this.endpoint, this.status)
    whenNotShaken(events, this.endpoint, why => {
      this.#handshakes.came()
      if (why !== undefined) this.complain(why)
    })
    events.on('disconnect', () => this.#someoneLeft())
    return socket
  }

  async open(): Promise<void> {
    await this.#door?.open(() => this.#revoke())
    await this.#renewable.open(this.endpoint, this.status)
    this.#receive(this.#renewable.socket)
    this.awaitSomebody()
  }

  /** Who does not say who it is may be any of those who are allowed. */
  override refusal(peer: Peer, { line, key, proof }: Hello): string | undefined {
    const { keys } = this.endpoint
    if (!this.#door || !keys) return undefined
    if (key === undefined) {
      // It may be one that was sent away, whose connection has outlived that.
      if (this.#hasRevoked) {
        this.#shutOut()
        return 'who may connect has changed; dial again'
      }
      peer.sender = this.#door.anybody
      return undefined
    }
    const allowed = this.#door.find(key)
    if (!allowed) return NOT_ALLOWED
    if (line === undefined || !isProof(proof!, keys.own, key, line)) return 'its proof is not that of its key'
    peer.sender = { ...allowed, key }
    return undefined
  }

  override greeted(peer: Peer): void {
    if (!this.isGreeted(peer)) this.#hellos.came()
    super.greeted(peer)
  }

  send(peer: Peer, frame: Buffer): void {
    // All peers are gone, and a socket that is being bound sends nothing (EBUSY).
    if (this.#renewable.renewed) return
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

  /** Sends away who is not allowed any more. Who has said who it is is known; for any other one, all have to dial again. */
  #revoke(): void {
    this.#hasRevoked = true
    const nameless = [...this.#peers.values()].some(peer => this.isGreeted(peer) && !peer.sender?.key)
    if (nameless) this.#shutOut()
    for (const peer of [...this.#peers.values()]) {
      const { name, relay, key } = peer.sender ?? {}
      if (key === undefined) continue
      const now = this.#door!.find(key)
      if (!now) this.listener.refuse(peer, NOT_ALLOWED)
      else if (now.name !== name || now.relay !== relay) this.listener.refuse(peer, RENAMED)
    }
  }

  /** Ends all connections: those who may come dial again, and nothing is lost by it. */
  #shutOut(): void {
    this.#hasRevoked = false
    for (const peer of this.#peers.values()) this.lose(peer)
    this.#peers.clear()
    this.#renewable.renew(this.endpoint, this.status).then(() => {
      if (!this.#closed) this.#receive(this.#renewable.socket)
    }, this.#fatal)
  }

  close(): void {
    this.#closed = true
    this.#out.close(PARTING)
    this.#renewable.close()
    this.#door?.close()
  }

  async #receive(socket: Router): Promise<void> {
    try {
      for (;;) {
        const [id, ...frames] = await socket.receive()
        if (this.#closed || socket.closed) return
        if (id) this.hear(this.#peerOf(id), frames)
      }
    } catch (error) {
      if (!this.#closed && !socket.closed) throw error
    }
  }

  /** Which connection has ended, libzmq does not say: sending to it fails, or it is one whose handshake will not come. */
  #someoneLeft(): void {
    this.#hasLeft = true
    // Strangers who come and go must not make us write to everybody each time.
    if (!this.#again) this.#lookForGone()
  }

  #lookForGone(): void {
    this.#again = undefined
    this.#probe()
    if (!this.#hasLeft) return
    // libzmq tells it a moment before sending to that peer fails: so once more.
    this.#hasLeft = false
    this.#again = setTimeout(() => this.#lookForGone(), AGAIN).unref()
  }

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

const NOT_ALLOWED = 'its key is not allowed here'
const RENAMED = 'its key is another one there now: by name, or as a relay; dial again'

/** A routing id as the key of a map. */
function keyOf(id: Buffer): string {
  return id.toString('latin1')
}
