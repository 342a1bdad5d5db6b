import type { Logger } from 'pino'
import type { Socket } from 'zeromq'
import { Backoff } from '../backoff.ts'
import { type Endpoint, kindOf } from '../endpoint.ts'
import { atMostEvery } from '../throttle.ts'
import { Company } from './company.ts'
import { countRefused, orKeys, whenNotShaken } from './handshake.ts'
import type { LinkStatus } from './link.ts'
import { HANDSHAKE, PeerCount, type PeerEvent } from './peer-count.ts'

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
  let unclear: NodeJS.Timeout | undefined
  /** Why the last one was a wrong one, where that is known. */
  let cause: { why: string | undefined } | undefined

  function changed(event: PeerEvent): void {
    const end = peers.on(event)
    tellCompany()
    if (event === 'ready') backoff.reset()
    if (end === 'wrong' && !closed) wrongPeer()
    else if (end === 'unclear') unclear ??= setTimeout(settle, HANDSHAKE + 1).unref()
  }

  function settle(): void {
    unclear = undefined
    const { wrong, unclear: left } = peers.settle()
    tellCompany()
    if (wrong && !closed) wrongPeer()
    if (left) unclear = setTimeout(settle, HANDSHAKE + 1).unref()
  }

  function tellCompany(): void {
    const before = status.peers ?? 0
    status.peers = peers.count
    if (before === 0 && peers.count > 0) company?.came()
    if (before > 0 && peers.count === 0 && !closed) company?.left()
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
    clearTimeout(unclear)
    company?.close()
  })
  return peers
}

/** The type of socket that belongs at the other end. */
function otherOf({ scheme, direction }: Endpoint): string {
  if (kindOf(scheme) !== '') return direction === 'pull' ? 'PUB' : 'SUB'
  return direction === 'pull' ? 'PUSH' : 'PULL'
}
