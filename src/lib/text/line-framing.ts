import { Frame, type Framing, type TakePiece } from './frame.ts'

const LF = 0x0a
const NOTHING = Buffer.alloc(0)

/** Lines that end in LF or CR LF, which are no part of them. */
export class LineFraming implements Framing {
  readonly #frame: Frame

  /** @param most bytes of a piece */
  constructor(most: number, take: TakePiece) {
    this.#frame = new Frame(most, take)
  }

  get held(): number {
    return this.#frame.held
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, start)) {
      this.#frame.finishLine(chunk, start, lf)
      start = lf + 1
    }
    if (start < chunk.length) this.#frame.add(chunk, start, chunk.length)
  }

  end(): void {
    if (this.held > 0) this.#frame.finish(NOTHING, 0, 0)
  }
}
