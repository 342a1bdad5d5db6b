import type { Lines } from './daemon.ts'
import { encodeLines, type Keep } from './encode.ts'
import { longestWithId, readOwn, recordOf, startsOf } from './own-lines.ts'
import { countLines, type Read, type Reader, type Refused, readLines, readText } from './reader.ts'
import type { LogRecord } from './record.ts'
import { signLines, signRecords } from './sender.ts'
import { estimateSize } from './size.ts'

const LF = 0x0a

/**
 * Records on their way, as bytes (NDJSON) or as objects, whichever is asked for: what nobody looks into is
 * forwarded as it came. A batch never changes; what it was made of must not be changed either, except that the
 * one who takes `records` out of it to filter them owns them.
 */
export class Batch implements Lines {
  #chunks: readonly Buffer[] | undefined
  #records: LogRecord[] | undefined
  #refused: readonly Refused[] = []
  #count: number | undefined
  #size: number | undefined
  #starts: Uint32Array | undefined
  #longest: number | undefined
  /** Reads its bytes. (They are not in it, so that it can be used for a copy of them.) */
  readonly #read: ((bytes: Buffer) => Read) | undefined

  private constructor(from: {
    chunks?: readonly Buffer[]
    records?: LogRecord[]
    refused?: readonly Refused[]
    read?: (bytes: Buffer) => Read
    count?: number
    longest?: number | undefined
    size?: number
  }) {
    this.#chunks = from.chunks
    this.#records = from.records
    this.#refused = from.refused ?? []
    this.#read = from.read
    this.#count = from.count
    this.#longest = from.longest
    this.#size = from.size ?? (from.chunks && lengthOf(from.chunks))
  }

  /** A frame or a piece of a file: NDJSON, with or without the last LF. */
  static fromBytes(bytes: Buffer, reader: Reader): Batch {
    const whole =
      bytes.length === 0 || bytes[bytes.length - 1] === LF ? bytes : Buffer.concat([bytes, LINE_END])
    const { sender } = reader
    const signed = sender ? signLines(whole, sender) : whole
    if (!signed) return new Batch(signRecords(readLines(whole, reader), sender!))
    // Where a line turns out to be something else than it looked like, that has a sender as well.
    const read = (bytes: Buffer) => {
      const read = readLines(bytes, reader)
      return sender ? signRecords(read, sender) : read
    }
    return new Batch({ chunks: [signed], read })
  }

  /** A frame that is one message, whatever it holds. */
  static fromText(text: Buffer, reader: Reader): Batch {
    const { sender } = reader
    const read = () => readText(text, reader)
    return new Batch({ read: sender ? () => signRecords(read(), sender) : read, size: text.length })
  }

  /** What somebody else has read. */
  static fromRead(read: Read, size: number): Batch {
    return new Batch({ ...read, size })
  }

  static fromRecords(records: LogRecord[]): Batch {
    return new Batch({ records })
  }

  /** Several batches as one: bytes where all of them still are bytes, else objects. */
  static join(batches: readonly Batch[]): Batch {
    if (batches.length === 1) return batches[0]!
    if (batches.every(batch => batch.#chunks !== undefined && batch.#records === undefined)) {
      return new Batch({
        chunks: batches.flatMap(batch => batch.#chunks!),
        count: batches.reduce((sum, { count }) => sum + count, 0),
        longest: longestOf(batches.map(batch => batch.#longest)),
        read: readerOfParts(batches.map(batch => ({ length: lengthOf(batch.#chunks!), read: batch.#read! }))),
      })
    }
    return new Batch({ ...joinReads(batches), size: batches.reduce((sum, batch) => sum + batch.size, 0) })
  }

  /**
   * This batch as bytes. Records that cannot be written as JSON (a filter made a cycle, say) or are larger than
   * `maxRecord` bytes are left out and returned beside it.
   * @param keep copies bytes to where they stay, in one piece; without it, those that are there stay where they are
   */
  encode(maxRecord: number, keep?: Keep): { batch: Batch; refused: readonly Refused[] } {
    if (!this.#chunks) return this.#encode(maxRecord, keep)
    return { batch: keep ? this.#with([keep(this.bytes)]) : this, refused: [] }
  }

  /**
   * This batch as lines whose records have ids, for one who keeps them for a while: without the objects, which would cost
   * the garbage collector more than all the rest (a third of a chain's CPU at 40,000 records/s, and 300 MB). What
   * cannot go on is beside it, as with `encode`.
   * @param keep copies bytes to where they stay meanwhile
   */
  toLines(maxRecord: number, keep: Keep): { batch: Batch; refused: readonly Refused[] } {
    return this.passable(maxRecord)
      ? { batch: this.#with(this.#chunks!.map(keep)), refused: [] }
      : this.#encode(maxRecord, keep)
  }

  /**
   * Whether it is bytes that may go on unread: each line begins as a record with an id, and none has more than `maxRecord`
   * bytes. A line without an id has to be read, or it would get another one at each repeat.
   */
  passable(maxRecord: number): boolean {
    if (!this.#chunks || this.#records) return false
    this.#longest ??= longestOf(this.#chunks.map(longestWithId))!
    return this.#longest <= maxRecord
  }

  /** NDJSON, each line ended by LF. A batch of objects is encoded first: that can refuse a record. */
  get bytes(): Buffer {
    const { chunks } = this
    if (chunks.length !== 1) this.#chunks = [Buffer.concat(chunks)]
    return this.#chunks![0]!
  }

  /** The same in pieces that end where a line ends, as they came together: to join them would cost a copy. */
  get chunks(): readonly Buffer[] {
    if (!this.#chunks) throw new TypeError('a batch of records has no bytes before encode()')
    return this.#chunks
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

  /** The record at this index. Reads its line alone where that says all. */
  record(index: number): LogRecord {
    return (!this.#records && recordOf(this.line(index).toString())) || this.records[index]!
  }

  /** The line at this index, with its LF. */
  line(index: number): Buffer {
    this.#starts ??= startsOf(this.bytes)
    return this.bytes.subarray(this.#starts[index], this.#starts[index + 1])
  }

  /** The same lines, elsewhere. */
  #with(chunks: readonly Buffer[]): Batch {
    return new Batch({ chunks, count: this.count, longest: this.#longest, read: this.#read! })
  }

  /** The objects are not kept beside the bytes: nobody may look into them again. */
  #encode(maxRecord: number, keep?: Keep): { batch: Batch; refused: readonly Refused[] } {
    const { bytes, count, refused } = encodeLines(this.records, maxRecord, keep)
    const batch = new Batch({ chunks: [bytes], count, longest: LOOKED_AT, read: readOwn })
    return { batch, refused: [...this.#refused, ...refused] }
  }

  #parse(): void {
    if (this.#records) return
    const { records, refused } = this.#read!(this.#chunks ? this.bytes : NOTHING)
    this.#records = records
    this.#refused = refused
  }

  #countUnread(): number {
    return this.#chunks?.reduce((sum, bytes) => sum + countLines(bytes), 0) ?? 1
  }
}

/** Undefined when it is not known of one of them. */
function longestOf(lengths: readonly (number | undefined)[]): number | undefined {
  return lengths.reduce((a, b) => (a === undefined || b === undefined ? undefined : Math.max(a, b)), 0)
}

/** What was made of records here is not looked at again. */
const LOOKED_AT = 0

const NOTHING = Buffer.alloc(0)

const LINE_END = Buffer.from([LF])

function lengthOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0)
}

/** Several reads as one. */
function joinReads(reads: readonly Readonly<Pick<Batch, 'records' | 'refused'>>[]): Read {
  return {
    records: reads.flatMap(({ records }) => records),
    refused: reads.flatMap(({ refused }) => refused),
  }
}

/** Reads bytes that lie one behind the other as who brought them would have; without them, for the same reason as each. */
function readerOfParts(parts: readonly { length: number; read: (bytes: Buffer) => Read }[]) {
  return (bytes: Buffer): Read => {
    let end = 0
    return joinReads(
      parts.map(({ length, read }) => {
        const start = end
        end += length
        return read(bytes.subarray(start, end))
      }),
    )
  }
}
