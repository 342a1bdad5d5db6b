import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import type { Context, Feed, Fields, LogRecord } from '../../lib/index.ts'
import { parseJson } from '../../lib/json.ts'
import { isObject } from '../../lib/record.ts'
import type { TakePiece } from '../../lib/text/frame.ts'
import { Intake } from '../../lib/text/intake.ts'
import { LineFraming } from '../../lib/text/line-framing.ts'
import { type Oversize, TextRecords } from '../../lib/text/oversize.ts'

export interface OutputOptions {
  format: 'lines' | 'ndjson'
  oversize: Oversize
  context: Context<'oversize' | 'notJson'>
}

const BRACE = 0x7b

/** What commands write, as records. No more is read while there is no room: then they wait in their `write`. */
export class Output {
  readonly #options: OutputOptions
  readonly #intake: Intake
  readonly #streams = new Set<Readable>()
  #isFull = false

  constructor(options: OutputOptions, feed: Feed) {
    this.#options = options
    this.#intake = new Intake(feed, room => void this.#wait(room))
  }

  /** Makes records of the lines of a stream, each with these fields. */
  read(stream: Readable, fields: Fields): void {
    const { format, oversize, context } = this.#options
    const texts = new TextRecords({ context, oversize, fields })
    const objects = new ObjectLines(texts, fields, context)
    const { piece, take } = format === 'ndjson' ? objects : { piece: texts.piece, take: () => texts.take() }
    const framing = new LineFraming(texts.most, piece)
    const taken = (take: () => void) => {
      texts.received = Date.now()
      take()
    }
    this.#streams.add(stream)
    if (this.#isFull) stream.pause()
    stream
      .on('error', () => {})
      .on('data', (chunk: Buffer) => {
        taken(() => framing.push(chunk))
        this.#intake.add(take())
      })
    stream.once('close', () => {
      this.#streams.delete(stream)
      taken(() => framing.end())
      this.#intake.add(take())
    })
  }

  add(record: LogRecord): void {
    this.#intake.add([record])
  }

  flush(): void {
    this.#intake.flush()
  }

  async #wait(room: Promise<void>): Promise<void> {
    if (this.#isFull) return
    this.#isFull = true
    for (const stream of this.#streams) stream.pause()
    await room
    this.#isFull = false
    for (const stream of this.#streams) stream.resume()
  }
}

/** Lines that are objects of JSON; any other line is a text. */
class ObjectLines {
  readonly #texts: TextRecords
  readonly #fields: Fields
  readonly #context: OutputOptions['context']
  #records: LogRecord[] = []
  /** Of a line that is too long, something has come already. */
  #isLong = false

  constructor(texts: TextRecords, fields: Fields, context: OutputOptions['context']) {
    this.#texts = texts
    this.#fields = fields
    this.#context = context
  }

  readonly piece: TakePiece = (memory, start, end, last) => {
    const object = last && !this.#isLong ? this.#objectAt(memory, start, end) : undefined
    this.#isLong = !last
    if (object) this.#records.push(...this.#texts.take(), this.#context.record(object))
    else this.#texts.piece(memory, start, end, last)
  }

  readonly take = (): LogRecord[] => {
    const records = this.#records
    this.#records = []
    return records.concat(this.#texts.take())
  }

  /** What it says itself of its process or stream stays. */
  #objectAt(memory: Buffer, start: number, end: number): Fields | undefined {
    const line = memory.subarray(start, end)
    if (line[0] !== BRACE || !isUtf8(line)) return undefined
    try {
      const value = parseJson(line.toString())
      return isObject(value) ? { ...value, ...without(this.#fields, value) } : undefined
    } catch {
      this.#context.count('notJson')
      return undefined
    }
  }
}

function without(fields: Fields, others: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !Object.hasOwn(others, key)))
}
