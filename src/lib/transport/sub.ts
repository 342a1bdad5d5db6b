import { Subscriber } from 'zeromq'
import { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Target } from '../engine/target.ts'
import { readMessage } from '../msgpack/read-message.ts'
import { partMessage, shortTopic } from '../pubsub/message.ts'
import { queueMark } from '../pubsub/queue-mark.ts'
import { MOST_PREFIX, prefixOf, topicTest } from '../pubsub/topic-pattern.ts'
import { signRecords } from '../sender.ts'
import { optionsFor } from './address.ts'
import { doorOf, senderOf } from './door.ts'
import { Gathering } from './gathering.ts'
import { readerOf, sizeWarning } from './incoming.ts'
import { Joined } from './joined.ts'
import { hand, type LinkContext, linkStatus, type PullLink, Stop } from './link.ts'

// ZeroMQ's SUB. Where nobody here has room it does not read, and the publisher drops what is for it.

export async function openPull(endpoint: Endpoint, context: LinkContext): Promise<PullLink> {
  const status = linkStatus(endpoint)
  const door = doorOf(endpoint, status, context)
  const stop = new Stop()
  const topics = endpoint.query.topic?.split(',')
  const prefixes = (topics ?? ['*']).map(topic => Buffer.from(prefixOf(topic)).subarray(0, MOST_PREFIX))
  const joined = new Joined(endpoint, status, context, door, () => {
    const socket = new Subscriber({
      ...optionsFor(endpoint, door),
      // Where the publisher ends and there is no room for what it sent, libzmq 4.3.5 reads no more of it (stream_engine_base.cpp, _io_error).
      receiveHighWaterMark: queueMark(endpoint, context.reader.maxRecord),
      // As for a plain link: beyond it libzmq drops the connection.
      maxMessageSize: 2 * context.maxMessage,
      linger: 0,
    })
    socket.subscribe(...prefixes)
    return socket
  })
  await joined.open()
  const warnOfSize = sizeWarning(status, context)
  // A subscription says how topics begin: more comes than was asked for.
  const isWanted = topicTest(topics ?? [])

  /** Returns what to wait for before the next one. */
  function take(frames: Buffer[], gathering: Gathering): Promise<void> | undefined {
    const { topic, payloads } = partMessage(frames)
    const size = frames.reduce((sum, { length }) => sum + length, 0)
    warnOfSize(size)
    if (!isWanted(topic ?? '')) return undefined
    const reader = readerOf(endpoint, context, door)
    const kept = shortTopic(topic)
    const read = readMessage(payloads, reader, kept)
    if (reader.sender) signRecords(read, reader.sender)
    const name = door && reader.sender?.name
    if (name !== undefined) senderOf(status, name).records += read.records.length + read.refused.length
    return gathering.add(read, size)
  }

  async function receive(gathering: Gathering): Promise<void> {
    if (joined.renewed) await joined.renewed
    const { socket } = joined
    let frames: Buffer[]
    try {
      frames = await socket.receive()
    } catch (error) {
      // A receive that is pending when the socket is closed ends in EAGAIN.
      if (!socket.closed) throw error
      return
    }
    await take(frames, gathering)
  }

  async function run(target: Target): Promise<void> {
    const gathering = new Gathering((read, size) => hand(Batch.fromRead(read, size), target, status, stop))
    while (!stop.requested) await receive(gathering)
    await gathering.flush()
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
