import { LineFraming } from '../../lib/text/line-framing.ts'
import type { TextRecords } from '../../lib/text/oversize.ts'
import { createLeadIn } from './lead-in.ts'
import type { Take } from './open-file.ts'
import type { Origin } from './origin.ts'
import { PROOF, printOf } from './print.ts'

export interface LinesOptions {
  createTexts(origin: Origin, id: () => string): TextRecords
  take: Take
}

/** Lines of a text that comes from its beginning, of which some were read before. */
export class CompressedLines {
  readonly #origin: Origin
  readonly #texts: TextRecords
  readonly #lines: LineFraming
  readonly #take: Take
  /** Bytes that were read before and have not come yet. */
  #skip: number
  /** Where in the text the next byte is that is read. */
  #came: number
  /** The last bytes before what comes next. */
  #last = Buffer.alloc(0)
  #head = Buffer.alloc(0)

  constructor(origin: Origin, { createTexts, take }: LinesOptions) {
    this.#origin = origin
    this.#take = take
    this.#skip = origin.place.offset
    this.#came = origin.place.offset
    const line = createLeadIn(
      (...piece) => this.#texts.piece(...piece),
      () => this.#lines.begin === 0,
    )
    this.#texts = createTexts(origin, () => origin.id(this.#lines.begin + line.skipped))
    this.#lines = new LineFraming(this.#texts.most, line.take, origin.place.offset)
  }

  push(chunk: Buffer): void {
    if (this.#head.length < PROOF)
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, PROOF - this.#head.length)])
    const skipped = Math.min(this.#skip, chunk.length)
    this.#skip -= skipped
    const known = this.#last.length
    const text = Buffer.concat([this.#last, chunk])
    this.#last = text.subarray(Math.max(0, text.length - PROOF))
    if (skipped === chunk.length) return
    this.#texts.received = Date.now()
    this.#lines.push(chunk.subarray(skipped))
    this.#came += chunk.length - skipped
    const end = text.length - (this.#came - this.#lines.begin)
    // A line that goes on since before this chunk has the place that it had.
    if (end > known) this.#give(text, end)
    else this.#take(this.#origin, this.#texts.take(), this.#origin.place)
  }

  /** All that can be read has come. */
  end(compressed: 'begun' | 'done'): void {
    const { place } = this.#origin
    // It has not come as far as it was read before.
    if (this.#skip > 0) {
      this.#take(this.#origin, [], { ...place, compressed })
      return
    }
    this.#texts.received = Date.now()
    this.#lines.end()
    this.#give(this.#last, this.#last.length, compressed)
  }

  #give(text: Buffer, end: number, compressed: 'begun' | 'done' = 'begun'): void {
    const place = {
      ...this.#origin.place,
      offset: this.#lines.begin,
      head: printOf(this.#head, 0, Math.min(this.#head.length, this.#lines.begin)),
      tail: printOf(text, Math.max(0, end - PROOF), end),
      compressed,
    }
    this.#take(this.#origin, this.#texts.take(), place)
  }
}
