import type { Context, Feed, Fields, LogRecord } from '../../lib/index.ts'
import { looksLikeMsgpack } from '../../lib/msgpack/looks-like.ts'
import type { Decode } from '../../lib/udp/reading.ts'
import { type Bad, type Events, eventsOfText } from './events.ts'

/** What is in a datagram, and who sent it. */
interface Datagram extends Events {
  peer: string
  /** MessagePack that is not read yet. */
  packed?: Buffer
}

type EventsOfPacked = typeof import('./packed.ts').eventsOfPacked

const NOT_READ: Events = { events: [], bad: [] }

/** Makes records of the events of datagrams, and dead letters of what is none. */
export class Intake {
  readonly #context: Context<'empty' | 'notEvents' | 'lost'>
  #eventsOfPacked: EventsOfPacked | undefined
  /** Until what reads MessagePack is there, for the first of it. */
  #loading: Promise<void> | undefined

  constructor(context: Context<'empty' | 'notEvents' | 'lost'>) {
    this.#context = context
  }

  readonly decode: Decode<Datagram> = (memory, start, end, peer) => {
    // Text that is all ASCII in front is no MessagePack.
    const mayBePacked = memory[start]! >= 0x80 && end > start
    if (!mayBePacked || !looksLikeMsgpack(memory.subarray(start, end))) {
      const { events, bad } = eventsOfText(memory, start, end)
      return { events, bad, peer }
    }
    // A copy: it is used again.
    if (!this.#eventsOfPacked) return { ...NOT_READ, peer, packed: Buffer.from(memory.subarray(start, end)) }
    const { events, bad } = this.#eventsOfPacked(memory.subarray(start, end))
    return { events, bad, peer }
  }

  /** What comes together was received together. */
  take(datagrams: readonly Datagram[], feed: Pick<Feed, 'emit' | 'room'>): void {
    const received = Date.now()
    const records: LogRecord[] = []
    for (const datagram of datagrams) {
      const { events, bad, peer, packed } = datagram
      for (const fields of events) records.push(this.#record(fields, received, peer))
      for (const one of bad) this.#refuse(one, received, peer, feed)
      if (packed) this.#later(packed, peer, feed)
      else if (events.length === 0 && bad.length === 0) this.#context.count('empty')
    }
    feed.emit(records)
  }

  /** Resolves when everything that was taken is read. */
  async end(): Promise<void> {
    await this.#loading
  }

  #later(packed: Buffer, peer: string, feed: Pick<Feed, 'emit' | 'room'>): void {
    this.#loading ??= import('./packed.ts').then(({ eventsOfPacked }) => {
      this.#eventsOfPacked = eventsOfPacked
    })
    this.#loading = this.#loading.then(() => this.take([{ ...this.#eventsOfPacked!(packed), peer }], feed))
  }

  #record(fields: Fields, received: number, peer: string): LogRecord {
    const meta = { id: this.#context.id(received), received, peer }
    // A stranger's @meta is renamed, and counted.
    const isPlain = !Object.hasOwn(fields, '@meta')
    return isPlain ? { '@meta': meta, ...fields } : this.#context.record(fields, meta)
  }

  #refuse({ text, reason, detail }: Bad, received: number, peer: string, feed: Pick<Feed, 'room'>): void {
    this.#context.count('notEvents')
    // What drops when there is no room waits for dead letters alone; and what comes by UDP does not wait.
    if (feed.room()) {
      this.#context.count('lost')
      return
    }
    const { message, bytes } = text
    const meta = { id: this.#context.id(received), received, peer, ...(bytes !== undefined && { bytes }) }
    this.#context.reject({ '@meta': meta, message }, reason, detail)
  }
}
