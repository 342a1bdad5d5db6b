import { Rest } from './rest.ts'

/**
 * Gets a piece of a frame, from `start` to `end` of the memory, which is used again after the call. Most frames are one
 * piece; a long one comes in several, of which `last` is the end.
 */
export type TakePiece = (memory: Buffer, start: number, end: number, last: boolean) => void

/** Cuts a stream of bytes into frames. */
export interface Framing {
  /** Takes what came, and gives the frames that are complete by it. */
  push(chunk: Buffer): void
  /** The stream has ended: what is left is a frame, though nothing says that all of it came. */
  end(): void
  /** Bytes of the frame that has not ended, as far as they were not given. */
  readonly held: number
}

const LF = 0x0a
const CR = 0x0d

/** Lines that end in LF or CR LF, which are no part of them. */
export class LineFraming implements Framing {
  readonly #most: number
  readonly #take: TakePiece
  readonly #rest = new Rest()

  /** @param most bytes of a piece */
  constructor(most: number, take: TakePiece) {
    this.#most = most
    this.#take = take
  }

  get held(): number {
    return this.#rest.length
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, start)) {
      if (this.#rest.length > 0) this.#joined(chunk, lf)
      else this.#line(chunk, start, lf)
      start = lf + 1
    }
    if (start < chunk.length) this.#keep(chunk, start)
  }

  end(): void {
    const line = this.#rest.take()
    if (line.length > 0) this.#take(line, this.#pieces(line, 0, line.length), line.length, true)
  }

  /** The line whose end is at the first LF of a chunk. */
  #joined(chunk: Buffer, lf: number): void {
    this.#rest.add(chunk, 0, lf)
    const line = this.#rest.take()
    this.#line(line, 0, line.length)
  }

  /** A line that is longer than a piece goes in pieces as soon as they are full: an endless one is not held in memory. */
  #keep(chunk: Buffer, start: number): void {
    this.#rest.add(chunk, start, chunk.length)
    if (this.#rest.length <= this.#most) return
    const line = this.#rest.take()
    const at = this.#pieces(line, 0, line.length)
    this.#rest.add(line, at, line.length)
  }

  #line(memory: Buffer, start: number, lf: number): void {
    const end = lf > start && memory[lf - 1] === CR ? lf - 1 : lf
    this.#take(memory, this.#pieces(memory, start, end), end, true)
  }

  /** Gives full pieces as long as something is left, and the position behind them. */
  #pieces(memory: Buffer, start: number, end: number): number {
    let at = start
    for (; end - at > this.#most; at += this.#most) this.#take(memory, at, at + this.#most, false)
    return at
  }
}
