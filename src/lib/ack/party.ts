import { messageOf } from '../errors.ts'
import {
  type Dialler,
  decode,
  encodeBye,
  encodeHello,
  encodeReset,
  type Hello,
  type Message,
  NotTheProtocol,
} from './message.ts'

// What producer and consumer of the acknowledged pipe have in common: sessions that open with a hello and end with
// silence, a reset or a bye. No socket, no timer and no clock is in here.

/** Milliseconds in which a peer that was dialled has to say hello: what says nothing is something else. */
export const GREETING = 1_500
export const NO_HELLO = 'it does not speak this protocol: no hello came'
/** Without a frame for so long, a session is over. */
export const SILENCE = 20_000

/** What carries the messages. `P` is one connection: a DEALER, or a routing id of a ROUTER. */
export interface Wire<P> {
  send(peer: P, frame: Buffer): void
  /** Why the one who says hello is not who it says, or is not allowed to be; on a link with keys. */
  refusal(peer: P, hello: Hello): string | undefined
  /** As whom its key lets it in; undefined on a link without keys. What it says of itself counts among those of that name only. */
  nameOf(peer: P): string | undefined
  /** The peer has said hello, and it is one of ours. */
  greeted(peer: P): void
  /** The session is over, said from this side: to be closed or forgotten. `why` says what was wrong; a bye is in order. */
  hangUp(peer: P, why?: string): void
  /** Milliseconds of a clock that nobody sets. */
  now(): number
}

export interface Session {
  /** The name of the one who dialled, where it said one. */
  line?: string
  /** As whom its key let it in. */
  name?: string
  /** When something came last. */
  heard: number
}

/** One role of the protocol (docs/protocol.md), with any number of peers. */
export abstract class Party<P, S extends Session> {
  protected readonly wire: Wire<P>
  protected readonly sessions = new Map<P, S>()
  /** Peers that were dialled; and those of them that have not said hello, and since when. */
  readonly #dialled = new Set<P>()
  readonly #greeting = new Map<P, number>()

  constructor(wire: Wire<P>) {
    this.wire = wire
  }

  /** Peers that have said hello. */
  get peers(): number {
    return this.sessions.size
  }

  /** The connection that was dialled is up: ours is the first word. */
  opened(peer: P, dialler: Dialler): void {
    this.#dialled.add(peer)
    this.#greeting.set(peer, this.wire.now())
    this.wire.send(peer, encodeHello({ ...dialler, ...this.hello() }))
  }

  received(peer: P, frame: Buffer): void {
    try {
      this.#read(peer, decode(frame))
    } catch (error) {
      if (!(error instanceof NotTheProtocol)) throw error
      this.refuse(peer, messageOf(error))
    }
  }

  /** The connection is gone. */
  ended(peer: P): void {
    this.#dialled.delete(peer)
    this.#greeting.delete(peer)
    const session = this.sessions.get(peer)
    if (!session) return
    this.sessions.delete(peer)
    this.lost(peer, session)
  }

  /** To be called about once a second. */
  tick(): void {
    const now = this.wire.now()
    for (const [peer, since] of this.#greeting) {
      if (now - since >= GREETING) this.#hangUp(peer, NO_HELLO)
    }
    for (const [peer, session] of this.sessions) {
      if (now - session.heard > SILENCE) this.#hangUp(peer, `nothing came for ${SILENCE / 1000} s`)
      else this.kept(peer, session, now)
    }
  }

  /** Says bye to all: what comes after it is nobody's. */
  leave(): void {
    for (const peer of this.sessions.keys()) this.wire.send(peer, encodeBye())
    this.sessions.clear()
    this.#dialled.clear()
    this.#greeting.clear()
  }

  protected abstract hello(): Hello
  /** A peer has said hello, for the first time or again. Throws NotTheProtocol for one of the same role. */
  protected abstract begin(peer: P, hello: Message & { type: 'hello' }): S
  protected abstract began(peer: P, session: S): void
  protected abstract heard(peer: P, session: S, message: Message): void
  /** A session that goes on, at each tick. */
  protected abstract kept(peer: P, session: S, now: number): void
  /** The session has ended, whatever for. `bye`: in good order. */
  protected abstract lost(peer: P, session: S, bye?: boolean): void

  /** Ends the session because of what the peer did. */
  refuse(peer: P, why: string): void {
    this.wire.send(peer, encodeReset(why))
    this.#hangUp(peer, why)
  }

  #read(peer: P, message: Message): void {
    const session = this.sessions.get(peer)
    if (session) session.heard = this.wire.now()
    if (message.type === 'reset') this.#hangUp(peer, `it says: ${message.why}`)
    else if (message.type === 'hello') this.#greeted(peer, message)
    else if (!session) this.refuse(peer, 'hello first')
    else if (message.type === 'bye') this.#left(peer, session)
    else this.heard(peer, session, message)
  }

  #greeted(peer: P, hello: Message & { type: 'hello' }): void {
    if (this.#dialled.has(peer) && this.sessions.has(peer)) throw new NotTheProtocol('a second hello')
    const refusal = this.wire.refusal(peer, hello)
    if (refusal !== undefined) throw new NotTheProtocol(refusal)
    const name = this.wire.nameOf(peer)
    this.#replace(peer, hello.line, name)
    const session = this.begin(peer, hello)
    if (hello.line !== undefined) session.line = hello.line
    if (name !== undefined) session.name = name
    // The binder's hello is the answer to the connector's.
    this.#greeting.delete(peer)
    if (!this.#dialled.has(peer)) this.wire.send(peer, encodeHello(this.hello()))
    this.sessions.set(peer, session)
    this.wire.greeted(peer)
    this.began(peer, session)
  }

  /** One who dials again has left its older session, whether or not its end has been noticed here: batches would go two ways. */
  #replace(peer: P, line: string | undefined, name: string | undefined): void {
    if (this.sessions.has(peer)) this.ended(peer)
    for (const [old, session] of this.sessions) {
      if (line === undefined || session.line !== line || session.name !== name) continue
      this.ended(old)
      this.wire.hangUp(old)
    }
  }

  #left(peer: P, session: S): void {
    this.sessions.delete(peer)
    this.#dialled.delete(peer)
    this.lost(peer, session, true)
    this.wire.hangUp(peer)
  }

  #hangUp(peer: P, why: string): void {
    this.ended(peer)
    this.wire.hangUp(peer, why)
  }
}
