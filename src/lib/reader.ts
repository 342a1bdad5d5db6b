import { isUtf8 } from 'node:buffer'
import { cutLines } from './cut-lines.ts'
import { parseJson } from './json.ts'
import { ReceivedLines } from './received-lines.ts'
import { createRecord, type Fields, isMeta, isObject, type LogRecord } from './record.ts'
import { estimateSize } from './size.ts'

const LF = 0x0a
const CR = 0x0d

/** Bytes that are decoded together: for a text of 256 KiB V8 takes eight times as long as for the same in four. */
const PIECE = 8 * 1024

/** Whom a link has in front of it. */
export interface Sender {
  /** Undefined where it may be one of several. */
  name: string | undefined
  /** It speaks for others: what its records say of who sent them stays. */
  relay: boolean
  /** By which it came in, where it has shown that it is its own. */
  key?: string
}

/** What a receiving end brings to the bytes it received. */
export interface Reader {
  mint(): string
  now(): number
  count(what: ReaderCounter): void
  /** Bytes a single record may have. */
  maxRecord: number
  /** Who is in front of a link with keys. */
  sender?: Sender
}

/** What a reader counts: none of these loses a record. */
export type ReaderCounter = 'notJson' | 'notMsgpack' | 'strangersMeta' | 'invalidUtf8'

/** A record that is not passed on, with the word that says why. */
export interface Refused {
  record: LogRecord
  reason: string
  detail?: string
}

/** What was read. */
export interface Read {
  records: LogRecord[]
  refused: Refused[]
}

/** About the bytes that they take, as long as they are not dead letters yet. */
export function sizeOfRefused(refused: readonly Refused[]): number {
  return refused.reduce((sum, { record }) => sum + estimateSize(record), 0)
}

/** What to say of a line or a text of more than `maxRecord` bytes. A UTF-16 unit is at most three bytes of UTF-8. */
export function oversize(text: string | Buffer, maxRecord: number): string | undefined {
  if (text.length * 3 <= maxRecord) return undefined
  const size = Buffer.byteLength(text)
  return size > maxRecord ? `${size} bytes, --max-record is ${maxRecord}` : undefined
}

/** The records of NDJSON whose last line is ended. */
export function readLines(bytes: Buffer, reader: Reader): Read {
  const read: Read = { records: [], refused: [] }
  // One check for the whole batch; line by line only where somebody sent other bytes.
  if (!isUtf8(bytes)) {
    for (const line of splitLines(bytes)) readLine(line.toString(), line, reader, read)
    return read
  }
  for (const piece of cutLines(bytes, PIECE)) readPiece(piece, reader, read)
  return read
}

function readPiece(bytes: Buffer, reader: Reader, into: Read): void {
  const text = bytes.toString()
  const received = text.length === bytes.length ? new ReceivedLines(bytes, text) : undefined
  for (let start = 0; start < text.length; ) {
    const lf = text.indexOf('\n', start)
    const end = lf < 0 ? text.length : lf
    const record = (end - start) * 3 <= reader.maxRecord ? received?.read(start, end) : undefined
    const stop = end > start && text.charCodeAt(end - 1) === CR ? end - 1 : end
    if (record) into.records.push(record)
    else if (stop > start) readLine(text.slice(start, stop), undefined, reader, into)
    start = end + 1
  }
}

/** `raw` is given where the batch is not valid UTF-8, and then may still be valid itself. */
function readLine(line: string, raw: Buffer | undefined, reader: Reader, into: Read): void {
  const record =
    raw && !isUtf8(raw)
      ? textRecord(line, raw, reader)
      : (jsonRecord(line, reader) ?? textRecord(line, raw, reader))
  enter(record, raw ?? line, reader, into)
}

/** @param text what it came as, which has to be within `--max-record` */
export function enter(record: LogRecord, text: string | Buffer, { maxRecord }: Reader, into: Read): void {
  const detail = oversize(text, maxRecord)
  if (detail === undefined) into.records.push(record)
  else into.refused.push({ record, reason: 'oversize', detail })
}

/** The record that a JSON object is; undefined for anything else. */
export function jsonRecord(
  line: string,
  reader: Reader,
  take: (fields: Fields, reader: Reader) => LogRecord = adopt,
): LogRecord | undefined {
  let value: unknown
  // Without this test, a plain line would cost an exception each. JSON allows white space before the object.
  if (!/^\s*\{/.test(line)) return undefined
  try {
    value = parseJson(line)
  } catch {
    reader.count('notJson')
    return undefined
  }
  return isObject(value) ? take(value, reader) : undefined
}

/** The fields of a line as a record: with the link's `@meta` if it is sound, with an id in any case. */
export function adopt(fields: Fields, reader: Reader): LogRecord {
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
export function textRecord(text: string, raw: Buffer | undefined, reader: Reader): LogRecord {
  const meta: LogRecord['@meta'] = { id: reader.mint(), received: reader.now() }
  if (raw && !isUtf8(raw)) {
    meta.bytes = raw.toString('base64')
    reader.count('invalidUtf8')
  }
  return { '@meta': meta, message: text }
}

/** A frame that is one message. */
export function readText(text: Buffer, reader: Reader): Read {
  const read: Read = { records: [], refused: [] }
  enter(textRecord(text.toString(), text, reader), text, reader, read)
  return read
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

/** The lines that are not empty. */
export function countLines(bytes: Buffer): number {
  let lines = 0
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LF, start)
    if (end > start + 1 || (end === start + 1 && bytes[start] !== CR)) lines++
    start = end + 1
  }
  return lines
}
