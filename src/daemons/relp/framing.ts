// Cuts a stream of RELP into frames: TXNR SP COMMAND SP DATALEN [SP DATA] LF (librelp, doc/relp.md, "RELP FRAME").

import { Frame, type Framing, type TakePiece } from '../../lib/text/frame.ts'

/** What came is no frame: nobody knows where the next one would begin. */
export class BadFrame extends Error {}

const [LF, SPACE, ZERO, NINE] = [0x0a, 0x20, 0x30, 0x39]
const MAX_DIGITS = 9
const MAX_COMMAND = 32
const NOTHING = Buffer.alloc(0)

/** What is read next. */
type Part = 'number' | 'command' | 'length' | 'data' | 'end'

export class RelpFraming implements Framing {
  /** Of the frame whose data is given: the number of its transaction, and what is to be done. */
  number = 0
  command = ''
  readonly #frame: Frame
  #part: Part = 'number'
  /** Digits or letters of the part that is read. */
  #read = 0
  /** Of the command; nearly all of them have the same ones as the one before. */
  readonly #letters = Buffer.alloc(MAX_COMMAND)
  #isOther = false
  /** Bytes of data that have not come. */
  #left = 0

  /**
   * @param most bytes of a piece
   * @param take gets the data of each frame, at least one piece, with `number` and `command` set; the last one when the frame
   * has ended as it should
   */
  constructor(most: number, take: TakePiece) {
    this.#frame = new Frame(most, take)
  }

  get held(): number {
    return this.#frame.held
  }

  /** Throws BadFrame; what was given until then was sound. Nothing can be pushed afterwards. */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) at = this.#readPart(chunk, at)
  }

  /** A frame that was cut off is none: whoever sent it has no answer, and sends it again. */
  end(): void {}

  /** Reads on at a position, and gives the one behind what it has read. */
  #readPart(chunk: Buffer, at: number): number {
    switch (this.#part) {
      case 'number':
        return this.#readNumber(chunk, at)
      case 'command':
        return this.#readCommand(chunk, at)
      case 'length':
        return this.#readLength(chunk, at)
      case 'data':
        return this.#readData(chunk, at)
      case 'end':
        return this.#readEnd(chunk, at)
    }
  }

  #readNumber(chunk: Buffer, start: number): number {
    if (this.#read === 0) this.number = 0
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (byte === SPACE && this.#read > 0) return this.#go('command', at + 1)
      this.number = this.number * 10 + this.#digit(byte, 'a transaction number')
    }
    return chunk.length
  }

  #readCommand(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (byte === SPACE && this.#read > 0) {
        if (this.#isOther || this.#read !== this.command.length)
          this.command = this.#letters.toString('latin1', 0, this.#read)
        this.#isOther = false
        this.#left = 0
        return this.#go('length', at + 1)
      }
      if (!isLetter(byte)) throw unexpected(byte, 'a command')
      if (this.#read === MAX_COMMAND) throw new BadFrame(`a command of more than ${MAX_COMMAND} letters`)
      if (this.#letters[this.#read] !== byte) {
        this.#letters[this.#read] = byte
        this.#isOther = true
      }
      this.#read++
    }
    return chunk.length
  }

  #readLength(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (this.#read > 0) {
        if (byte === SPACE && this.#left > 0) return this.#go('data', at + 1)
        if (byte === LF && this.#left === 0) return this.#go('end', at)
      }
      this.#left = this.#left * 10 + this.#digit(byte, 'the length of the data')
    }
    return chunk.length
  }

  #readData(chunk: Buffer, at: number): number {
    const end = at + this.#left
    if (end < chunk.length) {
      if (chunk[end] !== LF) throw unexpected(chunk[end]!, 'the LF behind the data')
      this.#frame.finish(chunk, at, end)
      return this.#go('number', end + 1)
    }
    this.#frame.add(chunk, at, chunk.length)
    this.#left = end - chunk.length
    return this.#left === 0 ? this.#go('end', chunk.length) : chunk.length
  }

  #readEnd(chunk: Buffer, at: number): number {
    if (chunk[at] !== LF) throw unexpected(chunk[at]!, 'the LF behind the data')
    this.#frame.finish(NOTHING, 0, 0)
    return this.#go('number', at + 1)
  }

  #go(part: Part, at: number): number {
    this.#part = part
    this.#read = 0
    return at
  }

  #digit(byte: number, where: string): number {
    if (byte < ZERO || byte > NINE) throw unexpected(byte, where)
    if (this.#read++ === MAX_DIGITS) throw new BadFrame(`${where} of more than ${MAX_DIGITS} digits`)
    return byte - ZERO
  }
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x7a
}

function unexpected(byte: number, where: string): BadFrame {
  return new BadFrame(`${JSON.stringify(String.fromCharCode(byte))} in place of ${where}`)
}
