import { Pull, Push } from 'zeromq'
import { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Receipt } from '../engine/receipt.ts'
import type { Target } from '../engine/target.ts'
import type { Reader } from '../reader.ts'
import { bindAgain, bindSocket, connectSocket, optionsFor } from './address.ts'
import { type Door, doorOf } from './door.ts'
import { encodeFrames } from './frames.ts'
import {
  countBatch,
  hand,
  type LinkContext,
  type LinkStatus,
  linkStatus,
  type PullLink,
  type PushLink,
  Stop,
} from './link.ts'
import { watchPeers } from './peers.ts'

// Plain PUSH/PULL. What libzmq holds in its own queues is lost with the process or its peer, so the queues are
// kept short and everything else waits in the daemon's own buffer, which is counted and drained.

/**
 * Frames that libzmq may queue: a batch is up to `--max-message` each; single records are small. With 4 batches of one
 * record a hop has 0.6 of what zeromq alone has, with 8 0.85, with 16 1.0; but a link that is behind has large ones (docs/performance.md).
 */
const FRAMES_QUEUED = { batch: 8, record: 1000, text: 1000 }

type Framing = keyof typeof FRAMES_QUEUED

export async function openPull(endpoint: Endpoint, context: LinkContext): Promise<PullLink> {
  const framing = (endpoint.query.framing ?? 'batch') as 'batch' | 'text'
  const status = linkStatus(endpoint)
  const door = doorOf(endpoint, status, context)
  const socket = new Pull({
    ...optionsFor(endpoint, door),
    // One frame may be one record of a foreign sender, so that the short queue of batches would be too short: 80,000 of them a
    // second with 64, 73,000 with 32, 62,000 with 16.
    receiveHighWaterMark: framing === 'batch' ? 32 : FRAMES_QUEUED.text,
    // Beyond it libzmq drops the connection, so nobody can make us hold an endless frame.
    maxMessageSize: context.maxMessage,
    linger: 0,
  })
  const stop = new Stop()
  watchPeers(socket, endpoint, status, context.log)
  const release = await join(socket, endpoint, status, context, door)
  const read = framing === 'text' ? Batch.fromText : Batch.fromBytes

  async function run(target: Target): Promise<void> {
    try {
      while (!stop.requested) {
        for (const frame of await socket.receive()) {
          if (frame.length > 0)
            await hand(read(frame, readerOf(endpoint, context, door)), target, status, stop)
        }
      }
    } catch (error) {
      // A receive that is pending when the socket is closed ends in EAGAIN.
      if (!stop.requested) throw error
    }
  }

  return {
    statuses: [status],
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
  const status = linkStatus(endpoint)
  const door = doorOf(endpoint, status, context)
  const socket = new Push({
    ...optionsFor(endpoint, door),
    sendHighWaterMark: FRAMES_QUEUED[framing],
    linger: 0,
  })
  const peers = watchPeers(socket, endpoint, status, context.log)
  const release = await join(socket, endpoint, status, context, door)
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
    for (const frame of encodeFrames(batch, framing, context.maxMessage, context.template))
      await socket.send(frame)
    if (alone) context.waitingFor(undefined)
  }

  return {
    statuses: [status],
    form: 'bytes',
    async accept(batch: Batch): Promise<Receipt> {
      const sent = send(batch)
      const free = () => {
        sending = undefined
      }
      sending = sent.then(free, free)
      await sent
      countBatch(status, batch)
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

/**
 * Binds or connects. Returns the function that gives the ipc path free. Where somebody who has come in is not allowed any more, all
 * connections end: libzmq does not say which one is his.
 */
async function join(
  socket: Pull | Push,
  endpoint: Endpoint,
  status: LinkStatus,
  { fatal }: LinkContext,
  door: Door | undefined,
): Promise<() => void> {
  if (endpoint.mode === 'connect') {
    connectSocket(socket, endpoint)
    return () => {}
  }
  try {
    await door?.open(() => bindAgain(socket, status).catch(error => socket.closed || fatal(error)))
    const release = await bindSocket(socket, endpoint, status)
    return () => {
      door?.close()
      release()
    }
  } catch (error) {
    door?.close()
    socket.close()
    throw error
  }
}

/** With keys it is known who is at the other end, or that it is one of several. */
function readerOf({ keys }: Endpoint, { reader }: LinkContext, door: Door | undefined): Reader {
  if (!keys) return reader
  // Whom we were told to fetch from we trust in what it says of others.
  return { ...reader, sender: door?.anybody ?? { name: keys.server?.name, relay: true } }
}
