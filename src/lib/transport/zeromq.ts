import { lstatSync } from 'node:fs'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { Pull, Push } from 'zeromq'
import { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Receipt } from '../engine/receipt.ts'
import type { Target } from '../engine/target.ts'
import { codeOf, Fatal, messageOf } from '../errors.ts'
import { takeLock } from '../lock.ts'
import { flagOf } from '../options.ts'
import { encodeFrames } from './frames.ts'
import { hand, type LinkContext, linkStatus, type PullLink, type PushLink, Stop } from './link.ts'
import { watchPeers } from './peers.ts'

// Plain PUSH/PULL. What libzmq holds in its own queues is lost with the process or its peer, so the queues are
// kept short and everything else waits in the daemon's own buffer, which is counted and drained.

/** Frames that libzmq may queue: a batch is up to `--max-message` each; single records are small. */
const FRAMES_QUEUED = { batch: 8, record: 1000, text: 1000 }

/**
 * Kept by the kernel: a peer that vanished without a word is found within two minutes. ZMTP's own heartbeats
 * stay off: together with backpressure they drop data and can abort the process (libzmq 4.3.5).
 */
const KEEPALIVE = { tcpKeepalive: 1, tcpKeepaliveIdle: 60, tcpKeepaliveInterval: 15, tcpKeepaliveCount: 4 }

type Framing = keyof typeof FRAMES_QUEUED

export async function openPull(endpoint: Endpoint, context: LinkContext): Promise<PullLink> {
  const framing = (endpoint.query.framing ?? 'batch') as 'batch' | 'text'
  const socket = new Pull({
    ...KEEPALIVE,
    ipv6: endpoint.address.includes('['),
    // One frame may be one record of a foreign sender, so that the short queue of batches would be too short.
    receiveHighWaterMark: framing === 'batch' ? 64 : FRAMES_QUEUED.text,
    // Beyond it libzmq drops the connection, so nobody can make us hold an endless frame.
    maxMessageSize: context.maxMessage,
    linger: 0,
  })
  const status = linkStatus(endpoint)
  const stop = new Stop()
  watchPeers(socket, endpoint, status, context.log)
  const release = await join(socket, endpoint, status)
  const read = framing === 'text' ? Batch.fromText : Batch.fromBytes

  async function run(target: Target): Promise<void> {
    try {
      while (!stop.requested) {
        for (const frame of await socket.receive()) {
          if (frame.length > 0) await hand(read(frame, context.reader), target, status, stop)
        }
      }
    } catch (error) {
      // A receive that is pending when the socket is closed ends in EAGAIN.
      if (!stop.requested) throw error
    }
  }

  return {
    status,
    run,
    stop() {
      stop.request()
      socket.close()
    },
    async close() {
      socket.close()
      release()
    },
  }
}

export async function openPush(endpoint: Endpoint, context: LinkContext): Promise<PushLink> {
  const framing = (endpoint.query.framing ?? 'batch') as Framing
  const socket = new Push({
    ...KEEPALIVE,
    ipv6: endpoint.address.includes('['),
    sendHighWaterMark: FRAMES_QUEUED[framing],
    linger: 0,
  })
  const status = linkStatus(endpoint)
  const peers = watchPeers(socket, endpoint, status, context.log)
  const release = await join(socket, endpoint, status)
  let sending: Promise<void> | undefined

  // A socket that connects queues what it is given even where nobody is, and that queue would hide what is not
  // delivered. (One that is bound has no queue before somebody comes: its send waits.)
  function awaitPeer(): Promise<void> | undefined {
    const present = endpoint.mode === 'connect' ? peers.present() : undefined
    if (!present) return undefined
    context.waitingFor(`${status.endpoint}: nobody is connected`)
    return present.then(() => context.waitingFor(undefined))
  }

  async function send(batch: Batch): Promise<void> {
    const alone = peers.present()
    if (alone) context.waitingFor(`${status.endpoint}: nobody is connected`)
    // A frame goes by reference (zeromq.js copies up to 128 bytes only): a batch's bytes are never used again.
    for (const frame of encodeFrames(batch, framing, context.maxMessage)) await socket.send(frame)
    if (alone) context.waitingFor(undefined)
  }

  return {
    status,
    form: 'bytes',
    async accept(batch: Batch): Promise<Receipt> {
      const sent = send(batch)
      const free = () => {
        sending = undefined
      }
      sending = sent.then(free, free)
      await sent
      status.batches++
      status.bytes += batch.size
      return { sent: batch.count }
    },
    room: () => sending ?? awaitPeer(),
    async close(grace: number) {
      // What was sent and has not left yet leaves while the process ends: a natural exit waits for the linger.
      socket.linger = grace
      socket.close()
      release()
    },
  }
}

/** Binds or connects. Returns the function that gives the ipc path free. */
async function join(
  socket: Pull | Push,
  endpoint: Endpoint,
  status: { endpoint: string },
): Promise<() => void> {
  if (endpoint.mode === 'connect') {
    socket.connect(endpoint.address)
    return () => {}
  }
  let release = () => {}
  try {
    if (endpoint.scheme === 'ipc') release = await claimPath(endpoint)
    await socket.bind(endpoint.address)
  } catch (error) {
    release()
    socket.close()
    throw new Fatal(`${flag(endpoint)} ${endpoint.address}: ${bindProblem(error)}`)
  }
  // The port that was chosen for `*`.
  const [, query = ''] = status.endpoint.split(/(?=\?)/)
  status.endpoint = `${socket.lastEndpoint ?? endpoint.address}${query}`
  return release
}

/**
 * An ipc bind steals an existing path without a word: the daemon that had it goes on and hears nothing more. So
 * ask first: an answer means that it is in use; a refused connection, that its owner is dead.
 */
async function claimPath(endpoint: Endpoint): Promise<() => void> {
  const path = endpoint.address.slice('ipc://'.length)
  const release = await takeLock(`ipc:${path.startsWith('@') ? path : resolve(path)}`)
  const there = path.startsWith('@') ? undefined : lstatSync(path, { throwIfNoEntry: false })
  if (there && !there.isSocket()) {
    release?.()
    throw new Error('there is a file of that name, and it is not a socket; choose another one')
  }
  if (release && !(await answers(path))) return release
  release?.()
  throw new Error('another process listens on this path; choose another one')
}

function answers(path: string): Promise<boolean> {
  return new Promise(settle => {
    const probe = connect(path.startsWith('@') ? `\0${path.slice(1)}` : path)
    probe.once('connect', () => {
      probe.destroy()
      settle(true)
    })
    // Nobody there, or nobody any more; anything else (no permission, a full queue) is somebody.
    probe.once('error', error => settle(!['ECONNREFUSED', 'ENOENT'].includes(codeOf(error) ?? '')))
  })
}

function bindProblem(error: unknown): string {
  if (codeOf(error) === 'EADDRINUSE') return 'the address is in use by another program; choose another one'
  if (codeOf(error) === 'EADDRNOTAVAIL') return 'this host does not have that address'
  if (codeOf(error) === 'ENOENT') return 'the folder does not exist'
  return messageOf(error)
}

function flag(endpoint: Endpoint): string {
  return flagOf(`${endpoint.direction}${endpoint.mode === 'bind' ? 'Bind' : 'Connect'}`)
}
