import type { Lines, LogRecord } from '../../lib/index.ts'
import { ID_START } from '../../lib/own-lines.ts'
import { ACTION_TAIL, actionHead, createDocuments, type ToDocument } from './document.ts'
import { compileIndexName, UTC } from './index-name.ts'
import { endOfId, endOfMeta, timeBehind } from './line-head.ts'

const [LF, COMMA, OPEN] = [0x0a, 0x2c, 0x7b]

/** UTF-8 has at most three bytes for a unit of UTF-16. */
const WIDEST = 3

const TAIL = Buffer.from(ACTION_TAIL)
/** An action has at most so many bytes: its words, an index name of 255, an id of 120. */
const LONGEST_ACTION = 512
/** Most of them have less than so many. */
const ACTION = 80

/**
 * Makes the bodies of bulk requests out of lines: for each what to do with it, and the document. A line that begins as
 * Sluice writes it is copied as it is and not parsed: 0.15 µs, where reading and writing it takes 1.9. Every other one
 * goes the slow way, as the record that it is, which gives the same bytes.
 *
 * The memory of a body that was given back is used again: fresh pages cost as much as the copy.
 */
export class BulkBody {
  readonly #toDocument: ToDocument
  readonly #actions: Actions
  readonly #keepsMeta: boolean
  readonly #free: Buffer[] = []
  #slab: Buffer = Buffer.alloc(0)
  #end = 0

  constructor(index: string, meta: 'keep' | 'drop') {
    this.#toDocument = createDocuments(index, meta)
    this.#actions = new Actions(index)
    this.#keepsMeta = meta === 'keep'
  }

  /** The body of all lines. */
  ofAll(lines: Lines): Buffer {
    this.#begin()
    this.#makeRoom(
      lines.chunks.reduce((sum, { length }) => sum + length, LONGEST_ACTION + lines.count * ACTION),
    )
    let index = 0
    for (const bytes of lines.chunks) {
      for (let start = 0; start < bytes.length; index++) {
        const end = bytes.indexOf(LF, start) + 1
        if (!this.#copy(bytes, start, end)) this.#write(lines.record(index))
        start = end
      }
    }
    return this.#slab.subarray(0, this.#end)
  }

  /**
   * The body of the lines at these indices.
   * @param asRead those that go the slow way although they look as if they could be copied
   */
  of(lines: Lines, indices: readonly number[], asRead: ReadonlySet<number>): Buffer {
    this.#begin()
    for (const index of indices) {
      const line = lines.line(index)
      if (asRead.has(index) || !this.#copy(line, 0, line.length)) this.#write(lines.record(index))
    }
    return this.#slab.subarray(0, this.#end)
  }

  /** Gives a body back that nobody reads any more. */
  release({ buffer }: Buffer): void {
    this.#free.push(Buffer.from(buffer as ArrayBuffer))
  }

  #begin(): void {
    this.#slab = this.#free.pop() ?? Buffer.alloc(0)
    this.#end = 0
  }

  /** False when it does not begin as it should; then nothing was written. */
  #copy(bytes: Buffer, start: number, end: number): boolean {
    const idEnd = endOfId(bytes, start)
    if (idEnd < 0) return false
    const needsMeta = this.#actions.vary || !this.#keepsMeta
    const metaEnd = needsMeta ? endOfMeta(bytes, idEnd, end) : -1
    if (needsMeta && metaEnd < 0) return false
    const head = this.#actions.headOf(bytes, metaEnd, end)
    if (!head || (!this.#keepsMeta && hasBytes(bytes, idEnd, metaEnd))) return false
    this.#makeRoom(LONGEST_ACTION + end - start)
    const slab = this.#slab
    let at = this.#end
    // Loops, because a call of copy() takes longer than some dozens of bytes.
    for (let n = 0; n < head.length; n++) slab[at++] = head[n]!
    for (let n = start + ID_START; n < idEnd; n++) slab[at++] = bytes[n]!
    for (let n = 0; n < TAIL.length; n++) slab[at++] = TAIL[n]!
    if (!this.#keepsMeta) slab[at++] = OPEN
    const from = this.#keepsMeta ? start : metaEnd + (bytes[metaEnd + 1] === COMMA ? 2 : 1)
    this.#end = at + bytes.copy(slab, at, from, end)
    return true
  }

  #write(record: LogRecord): void {
    const document = this.#toDocument(record)
    this.#makeRoom(document.length * WIDEST)
    this.#end += this.#slab.write(document, this.#end)
  }

  #makeRoom(wanted: number): void {
    const least = this.#end + wanted
    if (least <= this.#slab.length) return
    const larger = Buffer.allocUnsafeSlow(Math.ceil(Math.max(64 * 1024, least * 1.5)))
    this.#slab.copy(larger, 0, 0, this.#end)
    this.#slab = larger
  }
}

/** `2026-10-11T22` */
const HOUR = 13

/** The beginnings of actions, up to the id. */
class Actions {
  /** Whether the index depends on the record. */
  readonly vary: boolean
  readonly #nameOf: ((record: LogRecord) => string) | undefined
  #head: Buffer
  /** The hour, up to `2026-10-11T22`, whose index is in `#head`. */
  #hour = ''

  constructor(index: string) {
    const name = compileIndexName(index)
    this.vary = typeof name !== 'string'
    this.#nameOf = typeof name === 'string' ? undefined : name
    this.#head = Buffer.from(typeof name === 'string' ? actionHead(name) : '')
  }

  /** Of the line that ends at `end`, and its `@meta` at `metaEnd`; undefined when the record itself has to be asked. */
  headOf(bytes: Buffer, metaEnd: number, end: number): Buffer | undefined {
    if (!this.#nameOf) return this.#head
    const time = timeBehind(bytes, metaEnd, end)
    if (!time) return undefined
    const text = bytes.toString('latin1', time.start, time.end)
    if (!UTC.test(text)) return undefined
    const hour = text.slice(0, HOUR)
    if (hour !== this.#hour) {
      this.#hour = hour
      this.#head = Buffer.from(actionHead(this.#nameOf({ '@meta': { id: '' }, '@timestamp': text })))
    }
    return this.#head
  }
}

/** Original bytes in `@meta`, which stay when the rest of it is left out. */
function hasBytes(bytes: Buffer, idEnd: number, metaEnd: number): boolean {
  return bytes.toString('latin1', idEnd, metaEnd).includes('"bytes"')
}
