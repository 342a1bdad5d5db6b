import type { Transform } from 'node:stream'
import type { Zlib } from 'node:zlib'
import type { Compression } from './compression.ts'

/** Bytes that come out at once. */
const CHUNK = 128 * 1024
/** Of a frame, and of the sixteen kinds of frames that are skipped: https://datatracker.ietf.org/doc/html/rfc8878#section-3.1 */
const FRAME = 0xfd2fb528
const SKIPPED = 0x184d2a50

/** One pass of zlib. */
export class Unpacking {
  readonly #compression: Compression | undefined
  #zlib: Zlib & Transform
  #error: Error | undefined
  #isOver = false
  #wake: () => void = () => {}
  /** Bytes that the stream had taken before those that are being written. */
  #before = 0
  /** Bytes that were taken before those that are being written. */
  at = 0
  /** All of it was, and what it says is that there is no end. */
  isWritten = false

  constructor(compression: Compression | undefined) {
    this.#compression = compression
    this.#zlib = this.#create()
  }

  async *run(blocks: Iterable<Buffer>): AsyncGenerator<Buffer> {
    for (const block of blocks) {
      let rest: Buffer = block
      while (rest.length > 0) {
        yield* this.#write(rest)
        // It leaves what is behind the end.
        rest = rest.subarray(this.#zlib.bytesWritten - this.#before)
        if (rest.length === 0) break
        if (!isFrame(rest)) return
        this.#zlib = this.#create()
      }
      this.at += block.length
    }
    this.isWritten = true
    this.#zlib.end()
    yield* this.#read(() => this.#isOver)
  }

  close(): void {
    this.#zlib.destroy()
  }

  /** The stream for gzip goes on with the next member by itself; that for zstd ends behind a frame. */
  #create(): Zlib & Transform {
    const { createGunzip, createZstdDecompress } = process.getBuiltinModule('node:zlib')
    const create = this.#compression === 'gzip' ? createGunzip : createZstdDecompress
    this.#isOver = false
    return create({ chunkSize: CHUNK })
      .on('readable', () => this.#wake())
      .on('end', () => {
        this.#isOver = true
        this.#wake()
      })
      .on('error', error => {
        this.#error = error
        this.#wake()
      })
  }

  async *#write(bytes: Buffer): AsyncGenerator<Buffer> {
    let isTaken = false
    this.#before = this.#zlib.bytesWritten
    this.#zlib.write(bytes, () => {
      isTaken = true
      this.#wake()
    })
    yield* this.#read(() => isTaken)
  }

  /** What comes out of it, until nothing more does. */
  async *#read(isDone: () => boolean): AsyncGenerator<Buffer> {
    for (;;) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      for (let chunk = this.#zlib.read(); chunk !== null; chunk = this.#zlib.read()) yield chunk
      if (this.#error) throw this.#error
      if (isDone()) return
      await promise
    }
  }
}

/** Whether another frame of zstd begins here. */
function isFrame(bytes: Buffer): boolean {
  if (bytes.length < 4) return false
  const magic = bytes.readUInt32LE()
  return magic === FRAME || (magic & ~0xf) === SKIPPED
}
