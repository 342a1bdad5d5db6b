import type { Context, Fields, LogRecord, Meta } from '../../lib/index.ts'
import { parseJson } from '../../lib/json.ts'
import { parseValues } from '../../lib/json-values.ts'
import { isObject } from '../../lib/record.ts'
import type { Form } from '../../lib/serve/content.ts'
import { decodeText } from '../../lib/text/decode.ts'
import type { TakePiece } from '../../lib/text/frame.ts'
import { LineFraming } from '../../lib/text/line-framing.ts'
import { type Oversize, TextRecords } from '../../lib/text/oversize.ts'
import { Rest } from '../../lib/text/rest.ts'
import { afterMark, areLines, beginsObject, isSpace, UTF8_MARK } from './beginning.ts'
import { JsonSize } from './json-size.ts'

export interface BodyOptions {
  context: Context<'oversize' | 'notJson'>
  form: Form
  oversize: Oversize
  /** Who sent it. */
  meta: Pick<Meta, 'peer' | 'sender'>
}

const LF = 0x0a

/** Records, and bytes of lines, that are made of what was kept between two looks at whether there is room. */
const SLICE = { records: 1000, bytes: 64 * 1024 }

/** An object, a list, and the mark of UTF-8 before either. */
const BEGINS_JSON = new Set([0x7b, 0x5b, 0xef])

/**
 * Makes records of a body that comes in pieces. Lines are taken as they come. JSON is one thing, and good or bad as a whole:
 * it is kept until its end, unless its first line turns out to be an object by itself; then it is lines, whatever it is called.
 */
export class BodyRecords {
  readonly #context: BodyOptions['context']
  readonly #form: Form
  readonly #meta: BodyOptions['meta']
  readonly #texts: TextRecords
  readonly #framing: LineFraming
  /** The line at hand began in an earlier piece. */
  #inLine = false
  #atStart = true
  /** Undefined where it is lines. */
  #kept: Rest | undefined
  /** Of what is kept: the beginning has come; it has told all that it can. */
  #begun = false
  #isWhole = false
  readonly #size = new JsonSize()
  /** Makes records of what was kept, some at a time. */
  #later: Iterator<void> | undefined
  #records: LogRecord[] = []

  constructor({ context, form, oversize, meta }: BodyOptions) {
    this.#context = context
    this.#form = form
    this.#meta = meta
    this.#texts = new TextRecords({ context, oversize, meta })
    this.#framing = new LineFraming(this.#texts.most, this.#piece)
    this.#kept = form === 'json' || form === 'unknown' ? new Rest() : undefined
  }

  /** Bytes that are kept until more of it has come or, of JSON, until its values are taken: as many as those will have. */
  get held(): number {
    const values = this.#kept || this.#later ? this.#size.bytes : 0
    return values + this.#framing.held + this.#texts.held
  }

  /** Takes the next piece. */
  push(chunk: Buffer): void {
    this.#texts.received = Date.now()
    if (!this.#kept) {
      this.#framing.push(chunk)
      return
    }
    this.#kept.add(chunk, 0, chunk.length)
    this.#size.add(chunk)
    if (!this.#isWhole) this.#look(chunk)
  }

  /** All of it has come. Throws SyntaxError for what has to be JSON and is not; then none of it is a record. */
  end(): void {
    if (this.#kept) this.#endWhole(this.#kept.take())
    else this.#framing.end()
  }

  /** The records that have been made since the last call; after the end, some at a time until there are no more. */
  take(): LogRecord[] {
    while (this.#later && this.#records.length < SLICE.records) {
      if (this.#later.next().done) this.#later = undefined
      this.#takeTexts()
    }
    this.#takeTexts()
    const records = this.#records
    if (records.length > 0) this.#records = []
    return records
  }

  /** Is it lines? The first character may tell, the first line does. */
  #look(chunk: Buffer): void {
    const start = this.#begun ? 0 : chunk.findIndex(byte => !isSpace(byte))
    if (start < 0) return
    if (!this.#begun && this.#form === 'unknown' && !BEGINS_JSON.has(chunk[start]!)) this.#decide(true)
    else if (chunk.includes(LF, start)) this.#decide()
    this.#begun = true
  }

  #decide(isLines?: boolean): void {
    const start = this.#kept!.take()
    if (isLines ?? areLines(start.toString(), this.#form)) {
      this.#kept = undefined
      this.#framing.push(start)
    } else {
      this.#kept!.add(start, 0, start.length)
      this.#isWhole = true
    }
  }

  #endWhole(bytes: Buffer): void {
    this.#kept = undefined
    const { message: text, bytes: notUtf8 } = decodeText(bytes, 0, bytes.length)
    const json = text.startsWith(UTF8_MARK) ? text.slice(1) : text
    try {
      if (notUtf8 !== undefined) throw new SyntaxError('it is not UTF-8')
      if (json.trim() !== '') this.#later = this.#values(parseValues(json))
    } catch (error) {
      if (this.#form === 'json') throw error
      this.#later = this.#lines(bytes)
    }
  }

  *#values(values: readonly unknown[]): Generator<void> {
    for (const value of values) {
      this.#value(value)
      yield
    }
  }

  *#lines(bytes: Buffer): Generator<void> {
    for (let at = 0; at < bytes.length; at += SLICE.bytes) {
      this.#framing.push(bytes.subarray(at, at + SLICE.bytes))
      yield
    }
    this.#framing.end()
  }

  #value(value: unknown): void {
    if (isObject(value)) this.#fields(value)
    else {
      const text = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
      this.#texts.piece(text, 0, text.length, true)
    }
  }

  readonly #piece: TakePiece = (memory, from, end, last) => {
    const start = this.#atStart ? afterMark(memory, from, end) : from
    this.#atStart = false
    const isWhole = last && !this.#inLine
    this.#inLine = !last
    if (isWhole && this.#form !== 'texts' && this.#object(memory, start, end)) return
    this.#texts.piece(memory, start, end, last)
  }

  /** False when the line is no object. */
  #object(memory: Buffer, start: number, end: number): boolean {
    if (!beginsObject(memory, start, end)) return false
    const { message, bytes } = decodeText(memory, start, end)
    if (bytes !== undefined) return false
    let value: unknown
    try {
      value = parseJson(message)
    } catch {
      this.#context.count('notJson')
      return false
    }
    this.#fields(value as Fields)
    return true
  }

  #fields(fields: Fields): void {
    this.#takeTexts()
    const { received } = this.#texts
    const meta = { id: this.#context.id(received), received, ...this.#meta }
    // A stranger's @meta is renamed, and counted.
    const isPlain = !Object.hasOwn(fields, '@meta')
    this.#records.push(isPlain ? { '@meta': meta, ...fields } : this.#context.record(fields, meta))
  }

  /** What comes first stays first. */
  #takeTexts(): void {
    for (const record of this.#texts.take()) this.#records.push(record)
  }
}
