import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { codeOf } from '../errors.ts'
import { formatBytes } from '../units.ts'

const LF = 0x0a
const LINE_END = Buffer.from('\n')

/** Not blocking: nobody could end a write to a named pipe that is full and that nobody reads. */
const { O_RDWR, O_CREAT, O_APPEND, O_NONBLOCK } = constants
const FLAGS = O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK

/** Milliseconds between looks at a pipe that is full, and how many before it is said that nobody reads it. */
const LOOK_AGAIN = 5
const MOST_LOOKS = 200

/** Lines that are being written. */
interface Unfinished {
  readonly lines: Buffer
  /** So many bytes of them are on the disk, as whole lines. */
  done: number
  /** The bytes behind those that are in the file already, but are a part of a line, or not on the disk. */
  left: { start: number; length: number } | undefined
}

/**
 * A file that only grows, and nothing that was written to it is taken back: others append to it as well, and what is behind a
 * mistake may be theirs. It may be renamed or deleted meanwhile: then a new one is begun under its name.
 */
export class AppendedFile {
  readonly path: string
  readonly #limit: number
  #file: FileHandle | undefined
  #identity = ''
  #isFile = true
  // Where the last line is known to have its end. Elsewhere a write was cut off: ours, or that of another program.
  #end: number | undefined
  #unfinished: Unfinished | undefined

  constructor(path: string, limit = Number.POSITIVE_INFINITY) {
    this.path = path
    this.#limit = limit
  }

  /**
   * Appends whole lines. They are on the disk when it returns, in a file that had the name after they were written: so
   * whoever renames it, and then reads it to its end, misses nothing. Throws what the file system says; the same buffer again goes
   * on where that happened.
   */
  async write(lines: Buffer): Promise<void> {
    if (this.#unfinished?.lines !== lines) this.#unfinished = { lines, done: 0, left: undefined }
    const unfinished = this.#unfinished
    while (unfinished.done < lines.length) await this.#append(unfinished)
    this.#unfinished = undefined
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  /** Appends the rest, in three trips to the disk. After an error the whole lines that were written are done all the same. */
  async #append(unfinished: Unfinished): Promise<void> {
    const file = this.#file ?? (await this.#open())
    const [{ size }, hadName] = await Promise.all([file.stat(), this.#hasName()])
    if (!hadName) return this.#leave(unfinished)
    const rest = unfinished.lines.subarray(unfinished.done)
    const left = this.#isLast(unfinished.left, size)
    const there = left?.length ?? 0
    // What is larger than the limit would else never be written.
    if (size > 0 && size - there + rest.length > this.#limit)
      throw new Error(`it has reached its limit of ${formatBytes(this.#limit)}`)
    if (left && this.#isFile) await this.#rewrite(rest.subarray(0, there), left.start)
    const isTorn = !left && size !== this.#end && size > 0 && !(await endsInLine(file, size))
    const start = left?.start ?? size + (isTorn ? LINE_END.length : 0)

    this.#end = undefined
    const { count, error } = await writeAll(
      file,
      isTorn ? Buffer.concat([LINE_END, rest]) : rest.subarray(there),
    )
    const written = there + Math.max(0, count - (isTorn ? LINE_END.length : 0))
    unfinished.left = written > 0 ? { start, length: written } : undefined
    const whole = error ? endOfLines(rest.subarray(0, written)) : written
    if (whole > 0) {
      const end = await this.#sync(file)
      if (end === undefined) return this.#leave(unfinished)
      const isAlone = end === start + written
      const stands = isAlone || !this.#isFile || (await holds(file, rest.subarray(0, whole), start, end))
      if (!stands) return this.#leave(unfinished)
      unfinished.done += whole
      unfinished.left = written > whole ? { start: start + whole, length: written - whole } : undefined
      if (isAlone && !unfinished.left) this.#end = end
    }
    if (error) throw error
  }

  /** What was written is on the disk; returns the size, or undefined when the file has lost its name meanwhile. */
  async #sync(file: FileHandle): Promise<number | undefined> {
    // A device or a named pipe has no disk (EINVAL).
    const durable = this.#isFile && file.datasync()
    const [hasName, { size }] = await Promise.all([this.#hasName(), file.stat(), durable])
    return hasName ? size : undefined
  }

  /** What has lost its name, or holds our lines in the middle of others, is left as it is; all that is not done is written again. */
  async #leave(unfinished: Unfinished): Promise<void> {
    unfinished.left = undefined
    await this.close()
  }

  /** Undefined when another program has appended something since. */
  #isLast(left: Unfinished['left'], size: number): Unfinished['left'] {
    return left && (!this.#isFile || left.start + left.length === size) ? left : undefined
  }

  /**
   * Writes what is there once more, where it is: after an fdatasync that failed Linux takes it for written, and the next one would
   * say that all is well. Through another descriptor, because one that appends does that wherever it is told to write (pwrite(2)).
   */
  async #rewrite(bytes: Buffer, start: number): Promise<void> {
    const file = await open(this.path, 'r+')
    try {
      if (identityOf(await file.stat({ bigint: true })) !== this.#identity) return
      for (let n = 0; n < bytes.length; )
        n += (await file.write(bytes, n, bytes.length - n, start + n)).bytesWritten
    } finally {
      await file.close()
    }
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.path, FLAGS, 0o600)
    try {
      // Its name has to be on the disk as well.
      await syncFolder(dirname(this.path))
      const stats = await file.stat({ bigint: true })
      this.#identity = identityOf(stats)
      this.#isFile = stats.isFile()
    } catch (error) {
      await file.close()
      throw error
    }
    this.#end = undefined
    this.#file = file
    return file
  }

  /** Whether the name still leads to the file that is open. */
  async #hasName(): Promise<boolean> {
    try {
      return identityOf(await stat(this.path, { bigint: true })) === this.#identity
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    }
  }
}

/** As long as it is open, no other file has these numbers. */
function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}

/** In one piece, which FileHandle.appendFile cuts at 512 KiB: what another program appends must not lie in a line. Never throws. */
async function writeAll(file: FileHandle, bytes: Buffer): Promise<{ count: number; error?: unknown }> {
  let count = 0
  for (let looks = 0; count < bytes.length; ) {
    try {
      count += (await file.write(bytes, count)).bytesWritten
      looks = 0
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') return { count, error }
      if (++looks > MOST_LOOKS) return { count, error: new Error('it is full, and nobody reads it') }
      await wait(LOOK_AGAIN)
    }
  }
  return { count }
}

/**
 * Whether the file holds these lines as lines, somewhere behind `start`. They are not that when another program has written between
 * two parts of them, or was cut off in a line before them.
 */
async function holds(file: FileHandle, lines: Buffer, start: number, size: number): Promise<boolean> {
  // It may have been cut to nothing meanwhile (logrotate's copytruncate).
  const from = Math.max(0, Math.min(start, size - lines.length) - 1)
  const bytes = await readRange(file, from, size)
  const at = bytes.indexOf(lines)
  return at > 0 ? bytes[at - 1] === LF : at === 0 && from === 0
}

async function readRange(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(Math.max(0, to - from))
  for (let n = 0; n < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, n, bytes.length - n, from + n)
    if (bytesRead === 0) return bytes.subarray(0, n)
    n += bytesRead
  }
  return bytes
}

/** Bytes of the whole lines. */
function endOfLines(bytes: Buffer): number {
  return bytes.lastIndexOf(LF) + 1
}

/** A line that a crash cut off must not swallow the next one. */
async function endsInLine(file: FileHandle, size: number): Promise<boolean> {
  return endOfLines(await readRange(file, size - 1, size)) === 1
}

/** A folder that one may not read, or a file system that cannot do it, are no reason to lose records. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path)
    await folder.sync().finally(() => folder.close())
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error
  }
}
