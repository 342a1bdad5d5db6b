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

const CR = 0x0d

/**
 * The frame that is being read. What is longer than a piece goes in pieces as soon as they are full: an endless one is not
 * held in memory.
 */
export class Frame {
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

  /** Takes bytes of a frame that goes on. */
  add(memory: Buffer, start: number, end: number): void {
    this.#rest.add(memory, start, end)
    if (this.#rest.length <= this.#most) return
    const bytes = this.#rest.take()
    const at = this.#pieces(bytes, 0, bytes.length)
    this.#rest.add(bytes, at, bytes.length)
  }

  /** Takes the last bytes of a frame. One that is within these is given without a copy. */
  finish(memory: Buffer, start: number, end: number): void {
    if (this.#rest.length === 0) this.#give(memory, start, end)
    else {
      this.#rest.add(memory, start, end)
      const bytes = this.#rest.take()
      this.#give(bytes, 0, bytes.length)
    }
  }

  /** The same of a line: a CR in front of its LF, which is at `lf`, is no part of it. */
  finishLine(memory: Buffer, start: number, lf: number): void {
    if (this.#rest.length === 0) this.#give(memory, start, endOfLine(memory, start, lf))
    else {
      this.#rest.add(memory, start, lf)
      const bytes = this.#rest.take()
      this.#give(bytes, 0, endOfLine(bytes, 0, bytes.length))
    }
  }

  #give(memory: Buffer, start: number, end: number): void {
    this.#take(memory, this.#pieces(memory, start, end), end, true)
  }

  /** Gives full pieces as long as something is left, and the position behind them. */
  #pieces(memory: Buffer, start: number, end: number): number {
    let at = start
    for (; end - at > this.#most; at += this.#most) this.#take(memory, at, at + this.#most, false)
    return at
  }
}

function endOfLine(memory: Buffer, start: number, lf: number): number {
  return lf > start && memory[lf - 1] === CR ? lf - 1 : lf
}
