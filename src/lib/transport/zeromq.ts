import { Pull, Push } from 'zeromq'
import { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Receipt } from '../engine/receipt.ts'
import type { Target } from '../engine/target.ts'
import type { Reader, Refused } from '../reader.ts'
import { signRecords } from '../sender.ts'
import { optionsFor } from './address.ts'
import { doorOf, senderOf } from './door.ts'
import { encodeFrames } from './frames.ts'
import { readerOf, sizeWarning } from './incoming.ts'
import { Joined } from './joined.ts'
import { countBatch, hand, type LinkContext, linkStatus, type PullLink, type PushLink, Stop } from './link.ts'

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
  const stop = new Stop()
  const joined = new Joined(endpoint, status, context, door, () => {
    return new Pull({
      ...optionsFor(endpoint, door),
      // One frame may be one record of a foreign sender, so that the short queue of batches would be too short: 80,000 of them a
      // second with 64, 73,000 with 32, 62,000 with 16.
      receiveHighWaterMark: framing === 'batch' ? 32 : FRAMES_QUEUED.text,
      // Beyond it libzmq drops the connection without a word, so nobody can make us hold an endless frame. Below it somebody whose own
      // limit is larger than ours is told of in time.
      maxMessageSize: 2 * context.maxMessage,
      linger: 0,
    })
  })
  await joined.open()
  const read = await readerFor(endpoint)
  const warnOfSize = sizeWarning(status, context)

  async function take(frame: Buffer, reader: Reader, target: Target): Promise<void> {
    warnOfSize(frame.length)
    const batch = read(frame, reader)
    const name = door && reader.sender?.name
    if (name !== undefined) senderOf(status, name).records += batch.count
    await hand(batch, target, status, stop)
  }

  async function run(target: Target): Promise<void> {
    while (!stop.requested) {
      if (joined.renewed) await joined.renewed
      const { socket } = joined
      try {
        const frames = await socket.receive()
        // Whoever it was by then, also for what waits.
        const reader = readerOf(endpoint, context, door)
        for (const frame of frames) if (frame.length > 0) await take(frame, reader, target)
      } catch (error) {
        // A receive that is pending when the socket is closed ends in EAGAIN.
        if (!socket.closed) throw error
      }
    }
  }

  return {
    statuses: [status],
    run,
    stop() {
      stop.request()
      joined.close(0)
    },
    async close() {
      joined.close(0)
    },
  }
}

/** Makes a batch of a message. */
async function readerFor({ query }: Endpoint): Promise<(frame: Buffer, reader: Reader) => Batch> {
  if (query.encoding !== 'msgpack') return query.framing === 'text' ? Batch.fromText : Batch.fromBytes
  const { readMessage } = await import('../msgpack/read-message.ts')
  return (frame, reader) => {
    const read = readMessage([frame], reader)
    return Batch.fromRead(reader.sender ? signRecords(read, reader.sender) : read, frame.length)
  }
}

export async function openPush(endpoint: Endpoint, context: LinkContext): Promise<PushLink> {
  const valuesOf =
    endpoint.query.encoding === 'msgpack' && (await import('../msgpack/write-values.ts')).valuesOf
  const framing = (endpoint.query.framing ?? (valuesOf ? 'record' : 'batch')) as Framing
  const status = linkStatus(endpoint)
  const door = doorOf(endpoint, status, context)
  const joined = new Joined(endpoint, status, context, door, () => {
    return new Push({
      ...optionsFor(endpoint, door),
      sendHighWaterMark: FRAMES_QUEUED[framing],
      linger: 0,
    })
  })
  await joined.open()
  let sending: Promise<void> | undefined

  // A socket that connects queues what it is given even where nobody is, and that queue would hide what is not
  // delivered. (One that is bound has no queue before somebody comes: its send waits.)
  function awaitPeer(): Promise<void> | undefined {
    const present = endpoint.mode === 'connect' ? joined.peers.present() : undefined
    if (!present) return undefined
    context.waitingFor(`${status.endpoint}: nobody is connected`)
    return present.then(() => context.waitingFor(undefined))
  }

  /** Returns what cannot be written so. */
  async function send(batch: Batch): Promise<readonly Refused[]> {
    const alone = joined.peers.present()
    if (alone) context.waitingFor(`${status.endpoint}: nobody is connected`)
    // A frame goes by reference (zeromq.js copies up to 128 bytes only): a batch's bytes are never used again.
    const { values, refused } = valuesOf
      ? valuesOf(batch, context.reader.maxRecord)
      : { values: encodeFrames(batch, framing, context.maxMessage, context.template), refused: [] }
    for (const frame of values) await sendFrame(frame)
    if (alone) context.waitingFor(undefined)
    return refused
  }

  async function sendFrame(frame: Buffer): Promise<void> {
    for (;;) {
      if (joined.renewed) await joined.renewed
      try {
        return await joined.socket.send(frame)
      } catch (error) {
        // It was replaced, and this frame is still here.
        if (!joined.renewed) throw error
      }
    }
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
      const refused = await sent
      countBatch(status, batch)
      if (refused.length === 0) return { sent: batch.count }
      await Promise.all(refused.map(({ record, reason, detail }) => context.refuse(record, reason, detail)))
      return { sent: batch.count - refused.length, dead: refused.length }
    },
    room: () => sending ?? awaitPeer(),
    async close(grace: number) {
      // What was sent and has not left yet leaves while the process ends: a natural exit waits for the linger.
      joined.close(grace)
    },
  }
}
