import type { Endpoint } from '../endpoint.ts'
import { messageOf } from '../errors.ts'
import { checkDepth } from '../json.ts'
import { encode } from '../msgpack/encode.ts'
import { oversize, type Refused } from '../reader.ts'
import type { LogRecord } from '../record.ts'
import { compileTopic } from './topic.ts'

/** How an endpoint publishes. */
export class Publication {
  /** Whether topic and event are one frame. */
  readonly isJoined: boolean
  readonly #topicOf: (record: object) => string
  readonly #encode: (record: LogRecord, before: string) => Buffer
  readonly #maxRecord: number

  constructor({ query }: Endpoint, maxRecord: number) {
    this.isJoined = query.format !== 'frames'
    this.#topicOf = compileTopic(query.topic ?? '{type}')
    this.#encode = query.encoding === 'msgpack' ? msgpackOf : jsonOf
    this.#maxRecord = maxRecord
  }

  /** What its message begins with, which is what subscriptions are compared with. */
  startOf(record: LogRecord): string {
    const topic = this.#topicOf(record)
    return this.isJoined ? `${topic} ` : topic
  }

  /** Its frames, or why it has none. */
  framesOf(record: LogRecord, start: string): Buffer[] | Refused {
    try {
      const frames = this.isJoined
        ? [this.#encode(record, start)]
        : [Buffer.from(start), this.#encode(record, '')]
      const detail = this.#oversize(frames.at(-1)!, start)
      return detail === undefined ? frames : { record, reason: 'oversize', detail }
    } catch (error) {
      return { record, reason: 'unwritable', detail: messageOf(error) }
    }
  }

  /** What is bounded is the record, whatever stands before it. */
  #oversize(frame: Buffer, start: string): string | undefined {
    if (frame.length <= this.#maxRecord) return undefined
    return oversize(frame.subarray(this.isJoined ? Buffer.byteLength(start) : 0), this.#maxRecord)
  }
}

function jsonOf(record: LogRecord, before: string): Buffer {
  const json = JSON.stringify(record)
  checkDepth(json)
  return Buffer.from(before + json)
}

function msgpackOf(record: LogRecord, before: string): Buffer {
  const bytes = encode(record)
  return before === ''
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Buffer.concat([Buffer.from(before), bytes])
}
