import { Frame, type Framing, type TakePiece } from './frame.ts'

const LF = 0x0a
const NOTHING = Buffer.alloc(0)

/** Lines that end in LF or CR LF, which are no part of them. */
export class LineFraming implements Framing {
  readonly #frame: Frame
  #begin: number
  #came: number

  /**
   * @param most bytes of a piece
   * @param position of the first byte in its origin
   */
  constructor(most: number, take: TakePiece, position = 0) {
    this.#frame = new Frame(most, take)
    this.#begin = position
    this.#came = position
  }

  /** Where in its origin the line begins that is being given, or else that comes next. */
  get begin(): number {
    return this.#begin
  }

  get held(): number {
    return this.#frame.held
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, start)) {
      this.#frame.finishLine(chunk, start, lf)
      start = lf + 1
      this.#begin = this.#came + start
    }
    if (start < chunk.length) this.#frame.add(chunk, start, chunk.length)
    this.#came += chunk.length
  }

  end(): void {
    if (this.held > 0) this.#frame.finish(NOTHING, 0, 0)
    this.#begin = this.#came
  }
}
