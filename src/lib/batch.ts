import { isUtf8 } from 'node:buffer'
import { messageOf } from './errors.ts'
import { parseJson } from './json.ts'
import { createRecord, type Fields, isMeta, isObject, type LogRecord } from './record.ts'

const LF = 0x0a
const CR = 0x0d

/** What a receiving end brings to the bytes it received. */
export interface Reader {
  mint(): string
  now(): number
  count(what: ReaderCounter): void
  /** Bytes a single record may have. */
  maxRecord: number
}

/** What a reader counts: none of these loses a record. */
export type ReaderCounter = 'notJson' | 'strangersMeta' | 'invalidUtf8'

/** A record that is not passed on, with the word that says why. */
export interface Refused {
  record: LogRecord
  reason: string
  detail?: string
}

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

interface Read {
  records: LogRecord[]
  refused: Refused[]
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

/** What to say of a line or a text of more than `maxRecord` bytes. A UTF-16 unit is at most three bytes of UTF-8. */
function oversize(text: string | Buffer, maxRecord: number): string | undefined {
  if (text.length * 3 <= maxRecord) return undefined
  const size = Buffer.byteLength(text)
  return size > maxRecord ? `${size} bytes, --max-record is ${maxRecord}` : undefined
}

function joinReads(batches: readonly Batch[]): Read {
  return {
    records: batches.flatMap(batch => batch.records),
    refused: batches.flatMap(batch => batch.refused),
  }
}

function readLines(bytes: Buffer, reader: Reader): Read {
  const read: Read = { records: [], refused: [] }
  // One check and one decoding for the whole batch; line by line only where somebody sent other bytes.
  if (!isUtf8(bytes)) {
    for (const line of splitLines(bytes)) readLine(line.toString(), line, reader, read)
    return read
  }
  const text = bytes.toString()
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    const stop = end > start && text.charCodeAt(end - 1) === CR ? end - 1 : end
    if (stop > start) readLine(text.slice(start, stop), undefined, reader, read)
    start = end + 1
  }
  return read
}

/** `raw` is given where the batch is not valid UTF-8, and then may still be valid itself. */
function readLine(line: string, raw: Buffer | undefined, reader: Reader, into: Read): void {
  const record =
    raw && !isUtf8(raw)
      ? textRecord(line, raw, reader)
      : (jsonRecord(line, reader) ?? textRecord(line, raw, reader))
  const detail = oversize(raw ?? line, reader.maxRecord)
  if (detail === undefined) into.records.push(record)
  else into.refused.push({ record, reason: 'oversize', detail })
}

function jsonRecord(line: string, reader: Reader): LogRecord | undefined {
  let value: unknown
  // Without this test, a plain line would cost an exception each. JSON allows white space before the object.
  if (!/^\s*\{/.test(line)) return undefined
  try {
    value = parseJson(line)
  } catch {
    reader.count('notJson')
    return undefined
  }
  return isObject(value) ? adopt(value, reader) : undefined
}

/** The fields of a line as a record: with the link's `@meta` if it is sound, with an id in any case. */
function adopt(fields: Fields, reader: Reader): LogRecord {
  const meta = fields['@meta']
  if (isMeta(meta)) {
    if (meta.id !== undefined) return fields as LogRecord
    fields['@meta'] = { id: reader.mint(), received: reader.now(), ...meta }
    return fields as LogRecord
  }
  if (meta !== undefined) reader.count('strangersMeta')
  return createRecord({ id: reader.mint(), received: reader.now() }, fields)
}

/** A text as a record: `{"message": text}`; bytes that are not UTF-8 (RFC 8259 section 8.1) are kept beside it. */
function textRecord(text: string, raw: Buffer | undefined, reader: Reader): LogRecord {
  const meta: LogRecord['@meta'] = { id: reader.mint(), received: reader.now() }
  if (raw && !isUtf8(raw)) {
    meta.bytes = raw.toString('base64')
    reader.count('invalidUtf8')
  }
  return { '@meta': meta, message: text }
}

function readText(text: Buffer, reader: Reader): Read {
  const record = textRecord(text.toString(), text, reader)
  const detail = oversize(text, reader.maxRecord)
  if (detail === undefined) return { records: [record], refused: [] }
  return { records: [], refused: [{ record, reason: 'oversize', detail }] }
}

/** The lines that are not empty, without LF and CR LF. */
function* splitLines(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LF, start)
    const stop = end > start && bytes[end - 1] === CR ? end - 1 : end
    if (stop > start) yield bytes.subarray(start, stop)
    start = end + 1
  }
}

function countLines(bytes: Buffer): number {
  let lines = 0
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LF, start)
    if (end > start + 1 || (end === start + 1 && bytes[start] !== CR)) lines++
    start = end + 1
  }
  return lines
}

// A filter's object may be a cycle, or deeper than the stack: it is refused when it is encoded, not here.
const MOST_LEVELS = 1_000
const MOST_OBJECTS = 100_000

/**
 * About the bytes of a record's JSON, without making it: lengths of keys and strings, and a few for the rest.
 * Never throws.
 */
export function estimateSize(record: unknown): number {
  try {
    return sizeOf(record, 0, { objects: 0 })
  } catch {
    return 0
  }
}

function sizeOf(value: unknown, level: number, seen: { objects: number }): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 8
  if (level === MOST_LEVELS || seen.objects === MOST_OBJECTS) return 8
  seen.objects++
  let size = 2
  for (const key in value) size += key.length + 4 + sizeOf((value as Fields)[key], level + 1, seen)
  return size
}
