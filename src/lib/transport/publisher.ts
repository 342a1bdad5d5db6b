import { XPublisher } from 'zeromq'
import type { Endpoint } from '../endpoint.ts'
import { codeOf } from '../errors.ts'
import { Patience } from '../pubsub/patience.ts'
import { Publication } from '../pubsub/publication.ts'
import { queueMark } from '../pubsub/queue-mark.ts'
import { Subscriptions } from '../pubsub/subscriptions.ts'
import type { Refused } from '../reader.ts'
import type { LogRecord } from '../record.ts'
import { atMostEvery } from '../throttle.ts'
import { optionsFor } from './address.ts'
import { doorOf } from './door.ts'
import { Joined } from './joined.ts'
import { type LinkContext, type LinkStatus, linkStatus } from './link.ts'
import { setNoDrop } from './no-drop.ts'

/** Milliseconds in which a subscriber takes something of what waits for it (TCP_USER_TIMEOUT): then its queue is given back. */
const LONGEST_SILENCE = 120_000

/** Bytes of a subscription. The handshake of CURVE needs more than 257 (INITIATE, ZeroMQ RFC 26), and what a peer says of itself. */
const MOST_SUBSCRIPTION = 1024

/**
 * One endpoint that is published at. XPUB is PUB that tells of subscriptions: what nobody has asked for is neither encoded nor sent.
 * For a subscriber that reads too slowly libzmq drops what its queue has no room for, and says nothing; with ZMQ_XPUB_NODROP it refuses
 * to send to anybody. So that is what is tried first, and again for a moment, and then it is sent to the others.
 */
export class Publisher {
  readonly status: LinkStatus
  readonly #context: LinkContext
  readonly #publication: Publication
  readonly #subscriptions: Subscriptions
  readonly #patience = new Patience()
  readonly #joined: Joined<XPublisher>
  readonly #complain = atMostEvery(60_000)
  readonly #complainOfMany = atMostEvery(60_000)
  #isClosed = false
  #hasSent = false

  static async open(endpoint: Endpoint, context: LinkContext): Promise<Publisher> {
    const publisher = new Publisher(endpoint, context)
    await publisher.#joined.open()
    publisher.#listen().catch(context.fatal)
    return publisher
  }

  private constructor(endpoint: Endpoint, context: LinkContext) {
    this.status = { ...linkStatus(endpoint), subscriptions: 0, unwanted: 0, slow: 0 }
    this.#context = context
    this.#publication = new Publication(endpoint, context.reader.maxRecord)
    this.#subscriptions = new Subscriptions(this.#publication.isJoined)
    const door = doorOf(endpoint, this.status, context)
    this.#joined = new Joined(endpoint, this.status, context, door, () => {
      return new XPublisher({
        ...optionsFor(endpoint, door),
        sendHighWaterMark: queueMark(endpoint, context.reader.maxRecord),
        sendTimeout: 0,
        noDrop: true,
        tcpMaxRetransmitTimeout: LONGEST_SILENCE,
        // Each connection's own, because libzmq keeps them so; but of those who leave the last one alone, because one who has subscribed
        // twice leaves once.
        verbosity: 'allSubs',
        // All that comes is what somebody subscribes to, and is kept.
        maxMessageSize: MOST_SUBSCRIPTION,
        linger: 0,
      })
    })
  }

  /** Settles when it is on its way; undefined where nobody has subscribed to it. */
  publish(record: LogRecord): Promise<void> | Refused | undefined {
    const start = this.#publication.startOf(record)
    if (!this.#subscriptions.want(start)) {
      this.status.unwanted!++
      return undefined
    }
    const frames = this.#publication.framesOf(record, start)
    if (!Array.isArray(frames)) return frames
    this.status.records++
    for (const { length } of frames) this.status.bytes += length
    this.#hasSent = true
    return this.#send(frames)
  }

  /** Enters that a batch has been gone through. */
  endBatch(): void {
    if (this.#hasSent) this.status.batches++
    this.#hasSent = false
  }

  /** What is under way gets so many milliseconds to leave. */
  close(linger: number): void {
    this.#isClosed = true
    this.#joined.close(linger)
  }

  async #send(frames: Buffer[]): Promise<void> {
    for (;;) {
      if (this.#joined.renewed) await this.#joined.renewed
      const { socket } = this.#joined
      try {
        return await socket.send(frames)
      } catch (error) {
        // It was replaced, and these frames are still here.
        if (this.#joined.renewed) continue
        if (codeOf(error) !== 'EAGAIN' || socket.closed) throw error
      }
      const moment = this.#patience.wait()
      if (!moment) return this.#sendToOthers(socket, frames)
      await moment
    }
  }

  /** From then on libzmq leaves out the one that is slow, until that has read half of what waits for it. */
  #sendToOthers(socket: XPublisher, frames: Buffer[]): Promise<void> {
    this.status.slow!++
    if (this.#complain())
      this.#context.log.warn(
        `${this.status.endpoint}: a subscriber does not keep up: what it has no room for is dropped for it, and for nobody else`,
      )
    setNoDrop(socket, false)
    const sent = socket.send(frames)
    setNoDrop(socket, true)
    return sent
  }

  /** Takes in who subscribes to what. */
  async #listen(): Promise<void> {
    for (let before: XPublisher | undefined; !this.#isClosed; ) {
      if (this.#joined.renewed) await this.#joined.renewed
      const { socket } = this.#joined
      if (socket !== before) this.#subscriptions.clear()
      before = socket
      this.status.subscriptions = this.#subscriptions.size
      try {
        const [message] = await socket.receive()
        if (message) this.#take(message)
      } catch (error) {
        if (!socket.closed) throw error
      }
    }
  }

  #take(message: Buffer): void {
    const { size } = this.#subscriptions
    this.#subscriptions.take(message, this.status.peers ?? 0)
    if (!this.#subscriptions.isOverfull || this.#joined.renewed) return
    // Who comes again does the same again.
    this.#joined.endAll(this.#complainOfMany() ? `${size} subscriptions are more than are kept` : undefined)
  }
}
