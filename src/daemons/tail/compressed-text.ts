import { type BigIntStats, closeSync, fstatSync, readSync } from 'node:fs'
import { codeOf } from '../../lib/index.ts'
import { type Compression, compressionOf } from './compression.ts'
import type { Mark } from './marks.ts'
import { isPrintOf, PROOF } from './print.ts'
import { openToRead, readTextOf } from './read-text.ts'
import { Unpacking } from './unpacking.ts'

/** Bytes that are read at once. */
const CHUNK = 128 * 1024
/**
 * Of a write that fails zlib's stream gives nothing, not even what stood before the damage. So what is damaged is unpacked again, in
 * writes of so many bytes where it failed.
 */
const WRITES = [CHUNK, 1024, 1]

/** The text that is in a compressed file, which is open: its name may soon be another's. */
export class CompressedText {
  readonly compression: Compression | undefined
  readonly stat: BigIntStats
  readonly #fd: number

  constructor(path: string) {
    this.#fd = openToRead(path)
    try {
      this.stat = fstatSync(this.#fd, { bigint: true })
      this.compression = compressionOf(readTextOf(this.#fd)(0, PROOF))
    } catch (error) {
      this.close()
      throw error
    }
  }

  close(): void {
    closeSync(this.#fd)
  }

  /** All of it, from its beginning. Throws, after all that can be read, what zlib says of a file that is damaged or has no end. */
  async *chunks(): AsyncGenerator<Buffer> {
    let given = 0
    let failed = Number.POSITIVE_INFINITY
    for (const most of WRITES) {
      const unpacking = new Unpacking(this.compression)
      let came = 0
      try {
        for await (const chunk of unpacking.run(this.#blocks(failed, most))) {
          came += chunk.length
          if (came <= given) continue
          yield chunk.subarray(Math.max(0, chunk.length - (came - given)))
          given = came
        }
        return
      } catch (error) {
        if (!isDamage(error)) throw error
        const isLast = most === 1 || unpacking.isWritten
        if (isLast && isBehindText(error)) return
        if (isLast) throw error
        failed = unpacking.at
      } finally {
        unpacking.close()
      }
    }
  }

  /** Read at once when they are asked for: nothing is under way when the file is closed. */
  *#blocks(failed: number, most: number): Generator<Buffer> {
    for (let at = 0; ; ) {
      const length = at < failed ? Math.min(CHUNK, failed - at) : most
      const block = Buffer.allocUnsafe(length)
      const read = readSync(this.#fd, block, 0, length, at)
      if (read === 0) return
      yield block.subarray(0, read)
      at += read
    }
  }

  /** So much of it from its beginning on, or as much as there is. */
  async head(length: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let at = 0
    for await (const chunk of this.chunks()) {
      parts.push(chunk.subarray(0, length - at))
      at += chunk.length
      if (at >= length) break
    }
    return Buffer.concat(parts)
  }

  /** What is known of it after one pass, which ends where so many bytes have come. */
  async look(wanted: readonly Mark[], signal: AbortSignal, most = Number.POSITIVE_INFINITY): Promise<Looked> {
    const windows = wanted.map(mark => ({ mark, parts: [] as Buffer[] }))
    const looked: Omit<Looked, 'agrees'> = { size: 0, isWhole: false, tail: Buffer.alloc(0) }
    try {
      for await (const chunk of this.chunks()) {
        signal.throwIfAborted()
        for (const { mark, parts } of windows) {
          const start = mark.offset - mark.tail.length - looked.size
          const end = mark.offset - looked.size
          if (start < chunk.length && end > 0) parts.push(chunk.subarray(Math.max(0, start), end))
        }
        looked.size += chunk.length
        if (looked.size >= most) break
        looked.tail = Buffer.concat([looked.tail, chunk.subarray(-PROOF)]).subarray(-PROOF)
      }
      looked.isWhole = looked.size < most
    } catch (error) {
      if (!isDamage(error)) throw error
      looked.damage = error
    }
    const agree = windows.filter(({ mark, parts }) => isPrintOf(mark.tail, Buffer.concat(parts), 0))
    return { ...looked, agrees: new Set(agree.map(({ mark }) => mark)) }
  }
}

export interface Looked {
  /** As far as it can be read. */
  size: number
  /** It has an end, and is not damaged. */
  isWhole: boolean
  /** What zlib says, where it has no end or is damaged. */
  damage?: unknown
  /** The last bytes. */
  tail: Buffer
  /** The marks that are in it. */
  agrees: ReadonlySet<Mark>
}

/** What zlib and zstd say, and not the disk. */
export function isDamage(error: unknown): boolean {
  return /^(?:Z_|ZSTD_)/.test(codeOf(error) ?? '')
}

/** A header is looked for at the beginning, which has one, and behind a text that is complete: what is there is something else. */
function isBehindText(error: unknown): boolean {
  const { message } = error as Error
  return message === 'incorrect header check' || codeOf(error) === 'ZSTD_error_prefix_unknown'
}
