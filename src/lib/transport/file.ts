import { type BigIntStats, createReadStream } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Backoff } from '../backoff.ts'
import type { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Receipt } from '../engine/receipt.ts'
import { codeOf, Fatal, messageOf } from '../errors.ts'
import { formatBytes } from '../units.ts'
import { pullLines } from './lines.ts'
import { countBatch, type LinkContext, linkStatus, type PullLink, type PushLink } from './link.ts'

/** Bytes of one write, which takes three trips to the disk. */
const MOST = 2 * 1024 * 1024

/** A file of NDJSON or plain lines, from its start to its end. */
export async function openPull(endpoint: Endpoint, context: LinkContext): Promise<PullLink> {
  const file = await open(endpoint.address).catch(error => {
    throw new Fatal(`cannot read ${endpoint.address}: ${messageOf(error)}`)
  })
  const stream = createReadStream('', { fd: file, highWaterMark: 256 * 1024, autoClose: false })
  return pullLines(endpoint, context, stream, () => file.close())
}

/** Appended NDJSON; a batch is accepted when it is on the disk (fdatasync). */
export async function openPush(endpoint: Endpoint, context: LinkContext, limit?: number): Promise<PushLink> {
  const file = new AppendedFile(endpoint.address, limit)
  const status = linkStatus(endpoint)
  let writing: Promise<void> | undefined
  return {
    statuses: [status],
    form: 'bytes',
    most: MOST,
    borrows: true,
    async accept(batch: Batch): Promise<Receipt> {
      const written = append(file, batch.bytes, context).finally(() => {
        writing = undefined
      })
      writing = written.catch(() => {})
      await written
      countBatch(status, batch)
      return { stored: batch.count }
    },
    room: () => writing,
    close: () => file.close(),
  }
}

/** Waits as long as it cannot be written (disk full, no permission, over its limit), and says so. */
async function append(
  file: AppendedFile,
  lines: Buffer,
  { log, signal, waitingFor }: LinkContext,
): Promise<void> {
  let said = false
  for (const backoff = new Backoff(); ; ) {
    // Nobody waits any more, and the file may be closed already.
    signal.throwIfAborted()
    try {
      await file.write(lines)
      if (said) log.info({ file: file.path }, 'writing again')
      waitingFor(undefined)
      return
    } catch (error) {
      const reason = `cannot write ${file.path}: ${messageOf(error)}`
      waitingFor(reason)
      if (!said) log.error(`${reason}; trying again until it succeeds`)
      said = true
      await backoff.wait(signal)
    }
  }
}

const LINE_END = Buffer.from('\n')

/** A file that only grows. It may be renamed or deleted meanwhile: then a new one is begun under its name. */
export class AppendedFile {
  readonly path: string
  readonly #limit: number
  #file: FileHandle | undefined
  #identity = ''
  #isFile = true
  // Where the last line is known to have its end. Elsewhere a write was cut off: ours, or that of another program.
  #end: number | undefined

  constructor(path: string, limit = Number.POSITIVE_INFINITY) {
    this.path = path
    this.#limit = limit
  }

  /**
   * Appends whole lines. They are on the disk when it returns, in a file that had the name after they were written: so
   * whoever renames it, and then reads it to its end, misses nothing. Throws what the file system says.
   */
  async write(lines: Buffer): Promise<void> {
    while (!(await this.#append(lines))) await this.close()
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  /** False when the file has lost its name, whether or not something was written to it. Each step is a trip to the disk. */
  async #append(lines: Buffer): Promise<boolean> {
    const file = this.#file ?? (await this.#open())
    const [{ size }, hadName] = await Promise.all([file.stat(), this.#hasName()])
    if (!hadName) return false
    // What is larger than the limit would else never be written.
    if (size > 0 && size + lines.length > this.#limit)
      throw new Error(`it has reached its limit of ${formatBytes(this.#limit)}`)
    const isTorn = size !== this.#end && size > 0 && !(await endsInLine(file, size))
    const bytes = isTorn ? Buffer.concat([LINE_END, lines]) : lines
    this.#end = undefined
    let written = 0
    try {
      // In one piece, which FileHandle.appendFile cuts at 512 KiB: what another program appends must not lie in a line.
      while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten
      // A device or a named pipe has no disk (EINVAL).
      const [hasName] = await Promise.all([this.#hasName(), this.#isFile && file.datasync()])
      this.#end = size + bytes.length
      return hasName
    } catch (error) {
      if (this.#isFile) await takeBack(file, size, written)
      throw error
    }
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.path, 'a+', 0o600)
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

/**
 * A disk that became full in the middle must not leave a part of a line, and what is not durable is written again. But what
 * another program has appended meanwhile stays, and what is before it.
 */
async function takeBack(file: FileHandle, size: number, written: number): Promise<void> {
  if (written > 0 && (await file.stat()).size === size + written) await file.truncate(size)
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

/** A line that a crash cut off must not swallow the next one. */
async function endsInLine(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === 0x0a
}
