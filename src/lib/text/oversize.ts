import type { Context } from '../daemon.ts'
import { choice } from '../options.ts'
import { type Fields, type LogRecord, type Meta, splitId } from '../record.ts'
import { decodeText, type Text } from './decode.ts'
import { endOfCharacters, endOfFitting } from './fit.ts'
import type { TakePiece } from './frame.ts'

const POLICIES = ['truncate', 'split', 'reject'] as const

/** What becomes of a text that is too long for a record. */
export type Oversize = (typeof POLICIES)[number]

/** The option of all sources of text. */
export const oversizeOption = choice(
  'What becomes of a text that is longer than --max-record: cut off, several records, or a dead letter',
  POLICIES,
  'truncate',
)

/** The counter of all sources of text. */
export const oversizeCounter = { oversize: 'Texts that were longer than --max-record' } as const

export interface TextSource {
  context: Context<'oversize'>
  oversize: Oversize
  /** What the `@meta` of each record has beside id and time of reception. */
  meta?: Partial<Meta>
  /** What each record has beside the message. */
  fields?: Fields
  /** The id of the text at hand, where it has one of its own, which is the same when it is read again. */
  id?: () => string
}

/** For id, time of reception, the marks of a part, and what JSON needs around them. */
const OVERHEAD = 256
/** However small --max-record is, texts are not cut to single characters. */
const LEAST = 64

/**
 * Makes records of texts that come in pieces. A text that is too long for one is
 *
 * - cut off, and `@meta.truncated` says how many bytes it had; or
 * - several records: `@meta.part` counts them from 0, `@meta.parts` of the last one says how many there are, and their ids
 *   are those of a split; or
 * - a dead letter, with its beginning.
 *
 * No character is cut in two.
 */
export class TextRecords {
  /** Bytes that a framing gives at once. */
  readonly most: number
  /** When what is made now was received, epoch ms. */
  received = Date.now()
  readonly #context: Context<'oversize'>
  readonly #id: () => string
  readonly #policy: Oversize
  readonly #meta: Partial<Meta>
  readonly #fields: Fields | undefined
  #records: LogRecord[] = []
  #long: LongText | undefined

  constructor({ context, oversize, meta = {}, fields, id }: TextSource) {
    this.#context = context
    this.#id = id ?? (() => context.id(this.received))
    this.#policy = oversize
    this.#meta = meta
    this.#fields = fields
    const beside = Buffer.byteLength(JSON.stringify({ '@meta': meta, ...fields }))
    this.most = Math.max(LEAST, context.maxRecord - beside - OVERHEAD)
  }

  /** Bytes of the text whose end has not come, as far as they are kept here. */
  get held(): number {
    return this.#long?.held ?? 0
  }

  /** Takes a piece of a text. Empty texts are skipped. */
  readonly piece: TakePiece = (memory, start, end, last) => {
    if (last && !this.#long) {
      if (end === start) return
      if (endOfFitting(memory, start, end, this.most) === end) {
        this.#add(this.#id(), decodeText(memory, start, end))
        return
      }
    }
    this.#long ??= new LongText(this.most, this.#policy === 'split')
    this.#long.add(memory.subarray(start, end), last)
    if (this.#policy === 'split') this.#addParts(this.#long, last)
    else if (last) this.#addHead(this.#long)
    if (last) this.#long = undefined
  }

  /** The records of the texts that have come since the last call. */
  take(): LogRecord[] {
    const records = this.#records
    if (records.length > 0) this.#records = []
    return records
  }

  #addParts(long: LongText, last: boolean): void {
    long.id ??= this.#id()
    // The last one is kept until it is known whether it is the last.
    while (long.parts.length > (last ? 0 : 1)) {
      const part = long.count - long.parts.length
      const text = long.shift()
      if (long.count === 1) this.#add(long.id, text)
      else
        this.#add(splitId(long.id, part), text, {
          part,
          ...(part === long.count - 1 && last && { parts: long.count }),
        })
    }
    if (last && long.count > 1) this.#context.count('oversize')
  }

  #addHead({ parts, bytes, whole }: LongText): void {
    const context = this.#context
    const record = this.#record(this.#id(), parts[0]!, whole ? undefined : { truncated: bytes })
    if (!whole) context.count('oversize')
    if (whole || this.#policy === 'truncate') this.#records.push(record)
    else context.reject(record, 'oversize', `${bytes} bytes, --max-record is ${context.maxRecord}`)
  }

  #add(id: string, text: Text, marks?: Partial<Meta>): void {
    this.#records.push(this.#record(id, text, marks))
  }

  #record(id: string, { message, bytes }: Text, marks?: Partial<Meta>): LogRecord {
    const meta: Meta = { id, received: this.received, ...this.#meta, ...marks }
    if (bytes !== undefined) meta.bytes = bytes
    return { '@meta': meta, message, ...this.#fields }
  }
}

/** A text that is too long for one record, as far as it has come. */
class LongText {
  readonly #most: number
  readonly #all: boolean
  /** A character whose end has not come. */
  #cut: Buffer | undefined
  /** Of which no more has come than its first part. */
  whole = true
  id: string | undefined
  bytes = 0
  /** Those that were made and are here, what they hold, and how many there have been. */
  readonly parts: Text[] = []
  #held = 0
  count = 0

  /** @param all of it is kept, not only its first part */
  constructor(most: number, all: boolean) {
    this.#most = most
    this.#all = all
  }

  get held(): number {
    return this.#held + (this.#cut?.length ?? 0)
  }

  shift(): Text {
    const text = this.parts.shift()!
    this.#held -= memoryOf(text)
    return text
  }

  add(piece: Buffer, last: boolean): void {
    this.bytes += piece.length
    const bytes = this.#cut ? Buffer.concat([this.#cut, piece]) : piece
    this.#cut = undefined
    for (let start = 0; start < bytes.length; ) {
      if (!this.#all && this.count > 0) {
        this.whole = false
        return
      }
      let end = endOfFitting(bytes, start, bytes.length, this.#most)
      if (end === bytes.length && !last) end = endOfCharacters(bytes, start, end)
      if (end === start) {
        this.#cut = Buffer.from(bytes.subarray(start))
        return
      }
      const text = decodeText(bytes, start, end)
      this.parts.push(text)
      this.#held += memoryOf(text)
      this.count++
      start = end
    }
  }
}

/** V8 takes two bytes for each character of a text that is not all Latin-1, and one else; nobody tells which it is. */
function memoryOf({ message, bytes }: Text): number {
  return 2 * message.length + (bytes?.length ?? 0)
}
