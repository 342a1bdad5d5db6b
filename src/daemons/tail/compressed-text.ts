import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { type Compression, compressionOf } from './compression.ts'
import { isMarkIn } from './marks.ts'
import type { Origin, Place } from './origin.ts'
import { isPrintOf, PROOF } from './print.ts'
import { readTextOf } from './read-text.ts'

const CHUNK = 128 * 1024

/** The text that is in a compressed file, which is open: its name may soon be another's. */
export class CompressedText {
  readonly compression: Compression | undefined
  readonly stat: BigIntStats
  readonly #fd: number

  constructor(path: string) {
    this.#fd = openSync(path, 'r')
    this.stat = fstatSync(this.#fd, { bigint: true })
    this.compression = compressionOf(readTextOf(this.#fd)(0, PROOF))
  }

  close(): void {
    closeSync(this.#fd)
  }

  /** All of it, from its beginning. Throws what zlib says of a file that is damaged or has no end yet. */
  async *chunks(): AsyncGenerator<Buffer> {
    const { createGunzip, createZstdDecompress } = process.getBuiltinModule('node:zlib')
    const unpack = (this.compression === 'gzip' ? createGunzip : createZstdDecompress)({ chunkSize: CHUNK })
    // Its errors come out of the last stream as well.
    pipeline(Readable.from(this.#blocks()), unpack, () => {})
    yield* unpack as AsyncIterable<Buffer>
  }

  /** Read at once when they are asked for: nothing is under way when the file is closed. */
  *#blocks(): Generator<Buffer> {
    for (let at = 0; ; ) {
      const block = Buffer.allocUnsafe(CHUNK)
      const read = readSync(this.#fd, block, 0, CHUNK, at)
      if (read === 0) return
      yield block.subarray(0, read)
      at += read
    }
  }

  /** So much of it from a position on, or as much as there is. */
  async slice(position: number, length: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let at = 0
    for await (const chunk of this.chunks()) {
      parts.push(chunk.subarray(Math.max(0, position - at), Math.max(0, position + length - at)))
      at += chunk.length
      if (at >= position + length) break
    }
    return Buffer.concat(parts)
  }

  /** Whether it is what was read there that stands before the offset. */
  async isReadUpTo({ offset, tail }: Place): Promise<boolean> {
    return isPrintOf(tail, await this.slice(offset - tail.length, tail.length), 0)
  }

  /**
   * Whether all of it was read, though it has not all that was read: the copy of a file that was written to before it was
   * truncated.
   */
  async isShorterCopyOf({ place, marks }: Origin): Promise<boolean> {
    let size = 0
    for await (const { length } of this.chunks()) size += length
    const mark = size < place.offset ? marks.within(size) : undefined
    if (!mark) return false
    return isMarkIn(mark, await this.slice(mark.offset - mark.tail.length, mark.tail.length))
  }
}
