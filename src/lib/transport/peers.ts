import type { Logger } from 'pino'
import type { Socket } from 'zeromq'
import { Backoff } from '../backoff.ts'
import { type Endpoint, kindOf } from '../endpoint.ts'
import { atMostEvery } from '../throttle.ts'
import { Company } from './company.ts'
import { countRefused, orKeys, whenNotShaken } from './handshake.ts'
import type { LinkStatus } from './link.ts'

/** Who is there. */
export interface Peers {
  /** Undefined when somebody is, else the promise of it. */
  present(): Promise<void> | undefined
}

/**
 * Counts the peers of a socket, and notices the wrong ones: a connection that ends before its ZMTP handshake is
 * something else that listens or calls there (another socket type, CURVE, a web browser). libzmq's connector
 * never dials again after it met one, even when the right one has come, so we do it.
 */
export function watchPeers(socket: Socket, endpoint: Endpoint, status: LinkStatus, log: Logger): Peers {
  const peers = new PeerCount()
  // Who pushes is waited for by nobody; whoever pushes in vain should know.
  const company = endpoint.direction === 'push' ? new Company(endpoint, status, log) : undefined
  const backoff = new Backoff()
  const complain = atMostEvery(60_000)
  let closed = false
  let redial: NodeJS.Timeout | undefined
  /** Why the last one was a wrong one, where that is known. */
  let cause: { why: string | undefined } | undefined

  function changed(event: PeerEvent): void {
    const before = peers.count
    const wrong = peers.on(event)
    status.peers = peers.count
    if (before === 0 && peers.count > 0) company?.came()
    if (before > 0 && peers.count === 0 && !closed) company?.left()
    if (event === 'ready') backoff.reset()
    if (wrong && !closed) wrongPeer()
  }

  function wrongPeer(): void {
    const known = cause
    cause = undefined
    const isTold = known && known.why === undefined
    if (!isTold && complain()) {
      const who = endpoint.mode === 'bind' ? 'a peer that connected to it' : 'whoever listens at it'
      const reason = known?.why === undefined ? orKeys(endpoint) : `: ${known.why}`
      log.warn(`${status.endpoint}: ${who} is not a plain ZeroMQ ${otherOf(endpoint)} socket${reason}`)
    }
    if (endpoint.mode !== 'connect' || redial || socket.closed) return
    redial = setTimeout(() => {
      redial = undefined
      if (closed || socket.closed) return
      socket.disconnect(endpoint.address)
      socket.connect(endpoint.address)
    }, backoff.next())
  }

  status.peers = 0
  company?.await()
  socket.events.on('connect', () => changed('begun'))
  socket.events.on('accept', () => changed('begun'))
  socket.events.on('handshake', () => changed('ready'))
  socket.events.on('disconnect', () => changed('ended'))
  countRefused(socket.events, endpoint, status)
  for (const kind of ['auth', 'protocol', 'other'] as const)
    socket.events.on(`handshake:error:${kind}`, () => changed('failed'))
  whenNotShaken(socket.events, endpoint, why => {
    cause = { why }
  })
  socket.events.on('end', () => {
    closed = true
    clearTimeout(redial)
    company?.close()
  })
  return peers
}

/** The type of socket that belongs at the other end. */
function otherOf({ scheme, direction }: Endpoint): string {
  if (kindOf(scheme) !== '') return direction === 'pull' ? 'PUB' : 'SUB'
  return direction === 'pull' ? 'PUSH' : 'PULL'
}

/** A connection begins, is ready or has failed to become so, and ends. */
type PeerEvent = 'begun' | 'ready' | 'failed' | 'ended'

/** A handshake takes milliseconds: one that has not failed, and ends so soon after another has begun, is that one. */
const HANDSHAKE = 1_000

/**
 * Counts from the events of a connection. libzmq's monitor does not say which connection they are of; on a
 * socket that connects there is only one, on one that is bound the count is a good guess.
 */
export class PeerCount implements Peers {
  count = 0
  /** When those connections began that are not ready yet. */
  readonly #begun: number[] = []
  /** Connections that have failed and are about to end. */
  #failed = 0
  #present: PromiseWithResolvers<void> | undefined

  /** Returns whether a connection ended before it was ready. */
  on(event: PeerEvent): boolean {
    if (event === 'begun') this.#begun.push(Date.now())
    else if (event === 'ready') this.#ready()
    else if (event === 'failed') this.#failed++
    else return this.#ended()
    return false
  }

  present(): Promise<void> | undefined {
    if (this.count > 0) return undefined
    this.#present ??= Promise.withResolvers()
    return this.#present.promise
  }

  #ready(): void {
    this.#begun.pop()
    this.count++
    this.#present?.resolve()
    this.#present = undefined
  }

  #ended(): boolean {
    if (this.#failed > 0) {
      this.#failed--
      if (this.#begun.shift() !== undefined) return true
    }
    const newest = this.#begun.at(-1)
    if (newest !== undefined && (this.count === 0 || Date.now() - newest < HANDSHAKE)) {
      this.#begun.pop()
      return true
    }
    this.count = Math.max(0, this.count - 1)
    return false
  }
}
