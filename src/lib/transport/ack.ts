import { randomUUID } from 'node:crypto'
import { type Arrived, Consumer } from '../ack/consumer.ts'
import { Producer } from '../ack/producer.ts'
import { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import { Queue } from '../engine/queue.ts'
import type { Receipt } from '../engine/receipt.ts'
import type { Target } from '../engine/target.ts'
import type { Reader } from '../reader.ts'
import { parseBytes } from '../units.ts'
import type { Peer } from './ack/line.ts'
import { AckSockets } from './ack/sockets.ts'
import { senderOf } from './door.ts'
import { countBatch, type LinkContext, type PullLink, type PushLink, Stop } from './link.ts'

// The acknowledged pipe: docs/protocol.md.

/** Bytes that a producer may have under way, unless its endpoint says otherwise. */
const WINDOW = 16 * 2 ** 20

interface Inbound {
  batch: Batch
  peer: Peer
  done(count: number, receipt: Receipt): void
}

/** Takes batches from all these endpoints, and acknowledges each when it is accepted downstream. */
export async function openPull(endpoints: readonly Endpoint[], context: LinkContext): Promise<PullLink> {
  const { reader, maxMessage: max, buffer } = context
  const inbound = new Queue<Inbound>()
  let arrived = Promise.withResolvers<void>()
  const stop = new Stop()
  let flushing = false
  const sockets = new AckSockets(() => {})
  const consumer = new Consumer<Peer>(sockets, {
    window: windowOf(endpoints),
    // The other half is for what has become of it here and is not accepted yet.
    total: buffer / 2,
    max,
    take(batch, done) {
      inbound.push({ batch: readBatch(batch, reader), peer: batch.peer, done })
      arrived.resolve()
    },
    soon() {
      if (flushing) return
      flushing = true
      setImmediate(() => {
        flushing = false
        consumer.flush()
      })
    },
  })
  await sockets.open(endpoints, max, consumer, context)

  async function run(target: Target): Promise<void> {
    while (!stop.requested) {
      const next = inbound.shift()
      if (next) await handOver(next, target)
      else {
        arrived = Promise.withResolvers()
        await stop.interrupts(arrived.promise)
      }
    }
  }

  async function handOver({ batch, peer, done }: Inbound, target: Target): Promise<void> {
    const room = target.room()
    if (room) await stop.interrupts(room)
    // What is not taken any more is sent again, to somebody else.
    if (stop.requested) return
    const { status } = peer.line
    countBatch(status, batch)
    const { count } = batch
    if (status.senders && peer.sender?.name) senderOf(status, peer.sender.name).records += count
    target.accept(batch).then(
      receipt => done(count, receipt),
      // At the end: it was not accepted, and it is not acknowledged.
      () => {},
    )
  }

  return {
    get statuses() {
      return sockets.statuses
    },
    run,
    stop() {
      stop.request()
      consumer.stop()
    },
    window: () =>
      consumer.peers > 0 ? { credit: consumer.credit, isUsedUp: () => consumer.isCreditUsedUp } : undefined,
    async close() {
      consumer.leave()
      sockets.close()
    },
  }
}

/** Gives each batch to one of these endpoints, and keeps it until that has acknowledged it. */
export async function openPush(endpoints: readonly Endpoint[], context: LinkContext): Promise<PushLink> {
  const { maxMessage: max, waitingFor, reader, refuse } = context
  const sayAlone = () => {
    const all = sockets.statuses.map(({ endpoint }) => endpoint)
    waitingFor(`${all.join(', ')}: nobody is connected`)
  }
  const sockets = new AckSockets(peers => {
    if (peers > 0) waitingFor(undefined)
    else if (producer.unacknowledged > 0) sayAlone()
  })
  const producer = new Producer<Peer>(sockets, {
    sender: randomUUID(),
    refuse(line) {
      const { records, refused } = Batch.fromBytes(line, reader)
      const record = records[0] ?? refused[0]!.record
      return refuse(record, 'oversize', `${line.length} bytes, more than the consumer takes in a message`)
    },
    sent({ line: { status } }, bytes, count) {
      status.batches++
      status.bytes += bytes
      status.records += count
    },
  })
  await sockets.open(endpoints, max, producer, context)
  return {
    get statuses() {
      return sockets.statuses
    },
    form: 'bytes',
    // A frame is a copy of them, for each time that it is sent.
    borrows: true,
    accept(batch) {
      const receipt = producer.offer(batch.bytes, batch.count, Date.now())
      if (producer.peers === 0) sayAlone()
      return receipt
    },
    room() {
      const room = producer.room()
      if (room && producer.peers === 0) sayAlone()
      return room
    },
    async close() {
      producer.leave()
      sockets.close()
    },
  }
}

/** Records without an id get one from sender, number and place: the same when the batch is sent again. */
function readBatch({ peer, sender, number, at, records }: Arrived<Peer>, reader: Reader): Batch {
  let place = 0
  return Batch.fromBytes(records, {
    ...reader,
    mint: () => `${sender}.${number}.${place++}`,
    ...(at !== undefined && { now: () => at }),
    ...(peer.sender && { sender: peer.sender }),
  })
}

/** One window for all: a producer may come by any of them. */
function windowOf(endpoints: readonly Endpoint[]): number {
  return Math.max(...endpoints.map(({ query }) => (query.window ? parseBytes(query.window) : WINDOW)))
}
