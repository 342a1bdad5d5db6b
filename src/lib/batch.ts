import { messageOf } from './errors.ts'
import { countLines, oversize, type Read, type Reader, type Refused, readLines, readText } from './reader.ts'
import type { LogRecord } from './record.ts'
import { estimateSize } from './size.ts'

const LF = 0x0a

/**
 * Records on their way, as bytes (NDJSON) or as objects, whichever is asked for: what nobody looks into is
 * forwarded as it came. A batch never changes; what it was made of must not be changed either, except that the
 * one who takes `records` out of it to filter them owns them.
 */
export class Batch {
  #bytes: Buffer | undefined
  #records: LogRecord[] | undefined
  #refused: readonly Refused[] = []
  #count: number | undefined
  #size: number | undefined
  readonly #read: (() => Read) | undefined

  private constructor(from: {
    bytes?: Buffer
    records?: LogRecord[]
    refused?: readonly Refused[]
    read?: () => Read
    size?: number
  }) {
    this.#bytes = from.bytes
    this.#records = from.records
    this.#refused = from.refused ?? []
    this.#read = from.read
    this.#size = from.size ?? from.bytes?.length
  }

  /** A frame or a piece of a file: NDJSON, with or without the last LF. */
  static fromBytes(bytes: Buffer, reader: Reader): Batch {
    const whole =
      bytes.length === 0 || bytes[bytes.length - 1] === LF ? bytes : Buffer.concat([bytes, LINE_END])
    return new Batch({ bytes: whole, read: () => readLines(whole, reader) })
  }

  /** A frame that is one message, whatever it holds. */
  static fromText(text: Buffer, reader: Reader): Batch {
    return new Batch({ read: () => readText(text, reader), size: text.length })
  }

  static fromRecords(records: LogRecord[]): Batch {
    return new Batch({ records })
  }

  /** Several batches as one: bytes where all of them still are bytes, else objects. */
  static join(batches: readonly Batch[]): Batch {
    if (batches.length === 1) return batches[0]!
    if (batches.every(batch => batch.#bytes !== undefined && batch.#records === undefined)) {
      return new Batch({
        bytes: Buffer.concat(batches.map(batch => batch.#bytes!)),
        read: () => joinReads(batches),
      })
    }
    return new Batch({ ...joinReads(batches), size: batches.reduce((sum, batch) => sum + batch.size, 0) })
  }

  /**
   * This batch as bytes. Records that cannot be written as JSON (a filter made a cycle, say) or are larger than
   * `maxRecord` bytes are left out and returned beside it.
   */
  encode(maxRecord: number): { batch: Batch; refused: readonly Refused[] } {
    if (this.#bytes) return { batch: this, refused: [] }
    const { bytes, records, refused } = encodeLines(this.records, maxRecord)
    return { batch: new Batch({ bytes, records }), refused: [...this.#refused, ...refused] }
  }

  /**
   * Whether it is bytes that may go on unread: each line begins as a record with an id, and none has more than `maxRecord`
   * bytes. A line without an id has to be read, or it would get another one at each repeat.
   */
  passable(maxRecord: number): boolean {
    return this.#bytes !== undefined && this.#records === undefined && haveIds(this.#bytes, maxRecord)
  }

  /** NDJSON, each line ended by LF. A batch of objects is encoded first: that can refuse a record. */
  get bytes(): Buffer {
    if (!this.#bytes) throw new TypeError('a batch of records has no bytes before encode()')
    return this.#bytes
  }

  get records(): LogRecord[] {
    this.#parse()
    return this.#records!
  }

  /** Lines that were read and can go no further; they are not among `records`. */
  get refused(): readonly Refused[] {
    this.#parse()
    return this.#refused
  }

  /** Records, the refused ones included. */
  get count(): number {
    this.#count ??= this.#records ? this.#records.length + this.#refused.length : this.#countUnread()
    return this.#count
  }

  /** Bytes on the wire; estimated as long as the batch is objects only. */
  get size(): number {
    this.#size ??= this.#records!.reduce((sum, record) => sum + estimateSize(record), 0)
    return this.#size
  }

  #parse(): void {
    if (this.#records) return
    const { records, refused } = this.#read!()
    this.#records = records
    this.#refused = refused
  }

  #countUnread(): number {
    return this.#bytes ? countLines(this.#bytes) : 1
  }
}

/** `@meta` is written first, and the id first in it. */
const ID_FIRST = Buffer.from('{"@meta":{"id":"')

function haveIds(bytes: Buffer, maxRecord: number): boolean {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LF, start)
    if (end - start > maxRecord || end - start < ID_FIRST.length) return false
    if (ID_FIRST.compare(bytes, start, start + ID_FIRST.length) !== 0) return false
    start = end + 1
  }
  return true
}

const LINE_END = Buffer.from([LF])

function encodeLines(all: LogRecord[], maxRecord: number): Read & { bytes: Buffer } {
  const refused: Refused[] = []
  let text = ''
  for (const record of all) {
    try {
      const line = JSON.stringify(record)
      const detail = oversize(line, maxRecord)
      if (detail === undefined) text += `${line}\n`
      else refused.push({ record, reason: 'oversize', detail })
    } catch (error) {
      refused.push({ record, reason: 'unwritable', detail: messageOf(error) })
    }
  }
  const left = new Set(refused.map(({ record }) => record))
  return {
    bytes: Buffer.from(text),
    records: left.size ? all.filter(record => !left.has(record)) : all,
    refused,
  }
}

function joinReads(batches: readonly Batch[]): Read {
  return {
    records: batches.flatMap(batch => batch.records),
    refused: batches.flatMap(batch => batch.refused),
  }
}
