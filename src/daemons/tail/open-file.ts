import { closeSync, readSync } from 'node:fs'
import type { LogRecord } from '../../lib/index.ts'
import { LineFraming } from '../../lib/text/line-framing.ts'
import type { TextRecords } from '../../lib/text/oversize.ts'
import { createLeadIn } from './lead-in.ts'
import type { Origin, Place } from './origin.ts'
import { isPrintOf, NOTHING, PROOF, type Print, printOf } from './print.ts'

/** Bytes that are read at once, of all files into the same memory. */
const CHUNK = 128 * 1024

let memory: Buffer | undefined

/** What came of reading on: there may be more, there is none for now, or the file is not what it was. */
export type Outcome = 'more' | 'end' | 'changed'

/** Takes the records of a file, and where it is read up to by them. */
export type Take = (origin: Origin, records: LogRecord[], place: Place) => void

/** A file that is open, from where its origin was read up to. */
export class OpenFile {
  readonly fd: number
  readonly origin: Origin
  readonly #texts: TextRecords
  readonly #lines: LineFraming
  readonly #take: Take
  /** The next byte to be read, and what was before it. */
  #at: number
  #before: Print
  /** As much of the beginning as was read, up to PROOF. */
  #head: Print

  /** @param texts makes records of its lines; it is given the id of each by `id` */
  constructor(fd: number, origin: Origin, createTexts: (id: () => string) => TextRecords, take: Take) {
    const { offset, head, tail } = origin.place
    this.fd = fd
    this.origin = origin
    this.#take = take
    this.#at = offset
    this.#before = tail
    this.#head = head
    const line = createLeadIn(
      (...piece) => this.#texts.piece(...piece),
      () => this.#lines.begin === 0,
    )
    this.#texts = createTexts(() => origin.id(this.#lines.begin + line.skipped))
    this.#lines = new LineFraming(this.#texts.most, line.take, offset)
  }

  /** Bytes of a line whose end has not come, as far as they are in memory. */
  get held(): number {
    return this.#lines.held + this.#texts.held
  }

  /** Reads on, beginning with what is before: when that is not what it was, the file was truncated and has grown again. */
  read(): Outcome {
    memory ??= Buffer.allocUnsafeSlow(PROOF + CHUNK)
    const start = this.#before.length
    const end = readSync(this.fd, memory, 0, start + CHUNK, this.#at - start)
    if (end < start || !isPrintOf(this.#before, memory.subarray(0, start), 0)) return 'changed'
    if (end === start) return 'end'
    const from = this.#at
    this.#at += end - start
    this.#before = printOf(memory, Math.max(0, end - PROOF), end)
    this.#texts.received = Date.now()
    this.#lines.push(memory.subarray(start, end))
    const { begin } = this.#lines
    // The memory holds what is before the next line, unless this line has begun before it.
    if (begin > from) this.#head = this.#headUpTo(begin, from === start ? memory : undefined)
    this.#give(begin, begin > from ? tailAt(memory, start + begin - from) : undefined)
    return end === start + CHUNK ? 'more' : 'end'
  }

  /** What is left is a line: nobody goes on writing it. */
  finish(): void {
    if (this.#lines.held === 0 && this.#lines.begin === this.#at) return
    this.#texts.received = Date.now()
    this.#lines.end()
    this.#head = this.#headUpTo(this.#at, undefined)
    this.#give(this.#at, this.#before)
  }

  close(): void {
    closeSync(this.fd)
  }

  #give(offset: number, tail: Print | undefined): void {
    const records = this.#texts.take()
    const { place } = this.origin
    if (tail === undefined && records.length === 0) return
    this.#take(this.origin, records, tail ? { ...place, offset, tail, head: this.#head } : place)
  }

  /** @param beginning of the file, where it is at hand */
  #headUpTo(offset: number, beginning: Buffer | undefined): Print {
    const length = Math.min(PROOF, offset)
    if (this.#head.length >= length) return this.#head
    return beginning ? printOf(beginning, 0, length) : headOf(this.fd, length)
  }
}

function headOf(fd: number, length: number): Print {
  const head = Buffer.alloc(length)
  const read = readSync(fd, head, 0, length, 0)
  return read === length ? printOf(head, 0, length) : NOTHING
}

function tailAt(memory: Buffer, end: number): Print {
  return printOf(memory, Math.max(0, end - PROOF), end)
}
