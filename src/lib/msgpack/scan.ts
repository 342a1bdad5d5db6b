// A look at MessagePack before it is decoded. The decoder believes what a message says of itself: for five bytes it makes a list of
// 100,000 places, it goes as deep as they lead, and what is not UTF-8 it turns into something else.
import { isUtf8 } from 'node:buffer'
import { MsgpackFault } from './fault.ts'
import { isTimestamp, TIMESTAMP } from './timestamp.ts'

/** As deep as JSON may be here (lib/json.ts): what came in can go out again. */
export const MAX_DEPTH = 500

/** Bytes of the number that follows the heads 0xc0 to 0xdf: it is the value, or says how much of it there is. */
const FOLLOWING = [
  ...[0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 4, 8, 1, 2, 4, 8],
  ...[1, 2, 4, 8, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4],
]

/**
 * Where the value ends that begins there. More than there are bytes when it is not whole: then it is at least so long. Throws
 * MsgpackFault for what is no MessagePack, and for what has no place in a record.
 */
export function endOfValue(bytes: Buffer, start: number): number {
  return new Scan(bytes, start).run()
}

class Scan {
  readonly #bytes: Buffer
  #at: number
  /** How many values are still to come in each map and list that is open. */
  readonly #open = [1]
  /** In all of them. */
  #owed = 1

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes
    this.#at = start
  }

  run(): number {
    while (this.#owed > 0) {
      // Each takes a byte at least: what promises more than there is, is not taken at its word.
      if (this.#least > this.#bytes.length) return this.#least
      const head = this.#bytes[this.#at]!
      if (head < 0x80 || head >= 0xe0) this.#skip(1)
      else if (head < 0x90) this.#enter(1, 2 * (head & 0x0f))
      else if (head < 0xa0) this.#enter(1, head & 0x0f)
      else if (head < 0xc0) this.#text(1, head & 0x1f)
      else this.#long(head, FOLLOWING[head - 0xc0]!)
    }
    return this.#at
  }

  get #least(): number {
    return this.#at + this.#owed
  }

  #long(head: number, following: number): void {
    if (head === 0xc1) throw new MsgpackFault(this.#at, '0xc1 begins no value')
    const isSize = (head >= 0xc4 && head <= 0xc9) || head >= 0xd9
    // Where the size is not there yet, it is enough that something is missing.
    if (!isSize || this.#least + following > this.#bytes.length) {
      if (head >= 0xd4 && head <= 0xd8) this.#extension(1, 2 ** (head - 0xd4))
      else this.#skip(1 + following)
      return
    }
    const size = this.#bytes.readUIntBE(this.#at + 1, following)
    if (head >= 0xde) this.#enter(1 + following, 2 * size)
    else if (head >= 0xdc) this.#enter(1 + following, size)
    else if (head >= 0xd9) this.#text(1 + following, size)
    else if (head >= 0xc7) this.#extension(1 + following, size)
    else this.#skip(1 + following + size)
  }

  /** A value that holds no other one, or as much of it as there is. */
  #skip(length: number): void {
    this.#enter(length, 0)
  }

  /** A map or a list, up to the first of its values. */
  #enter(length: number, values: number): void {
    if (values > 0 && this.#open.length > MAX_DEPTH)
      throw new MsgpackFault(this.#at, `nested deeper than ${MAX_DEPTH} levels`)
    this.#at += length
    this.#owed += values - 1
    this.#open[this.#open.length - 1]!--
    this.#open.push(values)
    while (this.#open.at(-1) === 0) this.#open.pop()
  }

  #text(length: number, size: number): void {
    const from = this.#at + length
    if (from + size <= this.#bytes.length && !isText(this.#bytes, from, from + size))
      throw new MsgpackFault(this.#at, 'a text that is not UTF-8')
    this.#skip(length + size)
  }

  #extension(length: number, size: number): void {
    const from = this.#at + length + 1
    if (from + size <= this.#bytes.length) {
      const type = this.#bytes.readInt8(from - 1)
      if (type !== TIMESTAMP) throw new MsgpackFault(this.#at, `the extension type ${type} is not known here`)
      if (!isTimestamp(this.#bytes.subarray(from, from + size)))
        throw new MsgpackFault(this.#at, 'a timestamp that is no time')
    }
    this.#skip(length + 1 + size)
  }
}

/** A view of a few bytes costs more than to look at them. */
const FEW = 48

function isText(bytes: Buffer, from: number, to: number): boolean {
  if (to - from > FEW) return isUtf8(bytes.subarray(from, to))
  for (let at = from; at < to; at++) if (bytes[at]! > 0x7f) return isUtf8(bytes.subarray(from, to))
  return true
}
