import { type Dialler, type Hello, MOST_CONTROL } from '../../ack/message.ts'
import { GREETING } from '../../ack/party.ts'
import type { Endpoint } from '../../endpoint.ts'
import type { Logger } from '../../process/log.ts'
import type { Sender } from '../../reader.ts'
import { atMostEvery } from '../../throttle.ts'
import { Company } from '../company.ts'
import { type LinkContext, type LinkStatus, linkStatus } from '../link.ts'

/** What the sockets tell. */
export interface Listener {
  opened(peer: Peer, dialler: Dialler): void
  received(peer: Peer, frame: Buffer): void
  /** What came is no message, and why. */
  refuse(peer: Peer, why: string): void
  ended(peer: Peer): void
  /** Somebody has left, and it is not known who. */
  probe(): void
  tick(): void
}

/** One connection, until it ends. */
export interface Peer {
  readonly line: Line
  /** The routing id, where this is one of those of a ROUTER. */
  readonly id?: Buffer
  /** Who it is, on a link with keys. */
  sender?: Sender
}

/** What it takes to say goodbye, in milliseconds: a reset, a bye, the last acknowledgements. */
export const PARTING = 500
/** What libzmq lets through, where `max` was agreed on: what is a little larger is answered, and any control may come. */
export function maxMessageSize(max: number): number {
  return 2 * Math.max(max, MOST_CONTROL)
}
/** Credit bounds what is under way. */
export const UNBOUNDED = { sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 0 }
/**
 * Milliseconds in which a connection has shaken hands. libzmq ends one that says nothing after GREETING, but takes one
 * that begins with a text (a mail server, a browser) for ZMTP 1.0, and waits for its first message without an end.
 */
export const HANDSHAKE = GREETING + 100
/** Milliseconds in which the same is told once. */
const ONCE_IN = 60_000
/** What one is told who is no peer. */
export const NO_PIPE = 'it is no acknowledged pipe (ack+tcp://, ack+ipc://), or does not answer'

export interface LineContext extends Pick<LinkContext, 'log' | 'onReload' | 'fatal'> {
  /** Told when there is a peer more or less. */
  changed(): void
}

/** One endpoint. */
export abstract class Line {
  readonly status: LinkStatus
  protected readonly endpoint: Endpoint
  protected readonly listener: Listener
  readonly #log: Logger
  readonly #changed: () => void
  readonly #company: Company
  /** Strangers, who may be many, must not hide what becomes of our own peers. */
  readonly #complaints = { stranger: atMostEvery(ONCE_IN), peer: atMostEvery(ONCE_IN) }
  readonly #greeted = new Set<Peer>()
  /** Those that are about to be lost, and whether something came from them since they were looked at. */
  readonly #parting = new Map<Peer, boolean>()

  constructor(endpoint: Endpoint, listener: Listener, { log, changed }: LineContext) {
    this.endpoint = endpoint
    this.status = { ...linkStatus(endpoint), peers: 0 }
    this.listener = listener
    this.#log = log
    this.#company = new Company(endpoint, this.status, log)
    this.#changed = changed
  }

  abstract open(): Promise<void>
  /** Why a peer that says hello is not to be heard. */
  refusal(_peer: Peer, _hello: Hello): string | undefined {
    return undefined
  }

  abstract send(peer: Peer, frame: Buffer): void
  abstract close(): void

  greeted(peer: Peer): void {
    this.#greeted.add(peer)
    this.#count()
    this.#company.came()
  }

  protected isGreeted(peer: Peer): boolean {
    return this.#greeted.has(peer)
  }

  hangUp(peer: Peer, why?: string): void {
    const kind = this.isGreeted(peer) ? 'peer' : 'stranger'
    this.forget(peer)
    if (why !== undefined) this.complain(why, kind)
  }

  protected forget(peer: Peer): void {
    if (!this.#greeted.delete(peer)) return
    this.#count()
    if (this.#greeted.size === 0) this.#company.left()
  }

  /** Where nobody comes at first, it may be a mistake. */
  protected awaitSomebody(): void {
    this.#company.await()
  }

  #count(): void {
    this.status.peers = this.#greeted.size
    this.#changed()
  }

  /** Takes a message, which has one frame. */
  protected hear(peer: Peer, [frame, ...more]: readonly Buffer[]): void {
    if (this.#parting.has(peer)) this.#parting.set(peer, true)
    if (frame && more.length === 0) this.listener.received(peer, frame)
    else this.listener.refuse(peer, 'a message has one frame')
  }

  /**
   * Calls `then` as soon as nothing comes from it any more: that it has left is known before all is read that it said
   * last, acknowledgements and a bye. (`socket.readable` would tell, but it can make a pending `receive` sleep for ever.)
   */
  protected part(peer: Peer, then: () => void): void {
    if (this.#parting.has(peer)) return
    const look = () => {
      if (this.#parting.get(peer)) {
        this.#parting.set(peer, false)
        setImmediate(look)
      } else {
        this.#parting.delete(peer)
        then()
      }
    }
    this.#parting.set(peer, true)
    look()
  }

  protected isParting(peer: Peer): boolean {
    return this.#parting.has(peer)
  }

  /** The connection has ended by itself. */
  protected lose(peer: Peer): void {
    this.forget(peer)
    this.listener.ended(peer)
  }

  protected complain(why: string, kind: 'stranger' | 'peer' = 'stranger'): void {
    if (!this.#complaints[kind]()) return
    const who = this.endpoint.mode === 'bind' ? 'one who connected' : 'the one who listens there'
    const what = kind === 'peer' ? `the session with ${who} has ended` : `${who} is no peer`
    this.#log.warn(`${this.status.endpoint}: ${what}: ${why}`)
  }

  /** A hello that does not come is noticed in time, and not at the next second. */
  protected expectHello(): void {
    setTimeout(() => this.listener.tick(), GREETING + 10).unref()
  }
}
