import { createReadStream } from 'node:fs'

/** A line with its LF, or a part of one that is too long to be held. */
export interface Piece {
  /** The number of the line, from 0. */
  line: number
  bytes: Buffer
  whole: boolean
}

const LF = 0x0a
const LINE_END = Buffer.from([LF])

/**
 * The first `size` bytes of a file, line by line, as many at once as come from the disk. A line of more than `most` bytes
 * is given in parts. A last line without its end is given one.
 */
export async function* readPieces(path: string, size: number, most: number): AsyncGenerator<Piece[]> {
  if (size === 0) return
  let line = 0
  let cut = false
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { end: size - 1, highWaterMark: 256 * 1024 })) {
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const pieces: Piece[] = []
    let start = 0
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      pieces.push({ line: line++, bytes: bytes.subarray(start, end + 1), whole: !cut })
      cut = false
      start = end + 1
    }
    rest = bytes.subarray(start)
    if (rest.length > most) {
      pieces.push({ line, bytes: rest, whole: false })
      cut = true
      rest = Buffer.alloc(0)
    }
    yield pieces
  }
  if (rest.length > 0 || cut) yield [{ line, bytes: Buffer.concat([rest, LINE_END]), whole: !cut }]
}

/** Numbers of lines: a bit each, since there may be millions. */
export class LineSet {
  #bits = new Uint8Array(1024)
  size = 0

  has(line: number): boolean {
    return ((this.#bits[line >> 3] ?? 0) & (1 << (line & 7))) !== 0
  }

  /** Adds a line that is not in it yet. */
  add(line: number): void {
    if (line >> 3 >= this.#bits.length) {
      const bits = new Uint8Array(Math.max(this.#bits.length * 2, (line >> 3) + 1))
      bits.set(this.#bits)
      this.#bits = bits
    }
    this.#bits[line >> 3]! |= 1 << (line & 7)
    this.size++
  }
}
