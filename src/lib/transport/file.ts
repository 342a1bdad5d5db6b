import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Backoff } from '../backoff.ts'
import type { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Receipt } from '../engine/receipt.ts'
import { Fatal, messageOf } from '../errors.ts'
import { formatBytes } from '../units.ts'
import { pullLines } from './lines.ts'
import { countBatch, type LinkContext, linkStatus, type PullLink, type PushLink } from './link.ts'

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
  const file = new AppendedFile(endpoint.address, context, limit)
  const status = linkStatus(endpoint)
  let writing: Promise<void> | undefined
  return {
    statuses: [status],
    form: 'bytes',
    async accept(batch: Batch): Promise<Receipt> {
      const written = file.append(batch.bytes).finally(() => {
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

/** A file that only grows. When it cannot (disk full, no permission, over its limit), it waits and says so. */
class AppendedFile {
  readonly #path: string
  readonly #context: LinkContext
  readonly #limit: number
  #file: FileHandle | undefined
  // Whether the last line may lack its end: a write was cut off, now or before a crash.
  #torn = true

  constructor(path: string, context: LinkContext, limit = Number.POSITIVE_INFINITY) {
    this.#path = path
    this.#context = context
    this.#limit = limit
  }

  async append(lines: Buffer): Promise<void> {
    const { log, signal, waitingFor } = this.#context
    let said = false
    for (const backoff = new Backoff(); ; ) {
      // Nobody waits any more, and the file may be closed already.
      signal.throwIfAborted()
      try {
        await this.#write(lines)
        if (said) log.info({ file: this.#path }, 'writing again')
        waitingFor(undefined)
        return
      } catch (error) {
        const reason = `cannot write ${this.#path}: ${messageOf(error)}`
        waitingFor(reason)
        if (!said) log.error(`${reason}; trying again until it succeeds`)
        said = true
        await backoff.wait(signal)
      }
    }
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  async #write(lines: Buffer): Promise<void> {
    this.#file ??= await open(this.#path, 'a+', 0o600)
    const file = this.#file
    const { size } = await file.stat()
    if (size + lines.length > this.#limit)
      throw new Error(`it has reached its limit of ${formatBytes(this.#limit)}`)
    const start = this.#torn && size > 0 && !(await endsInLine(file, size)) ? '\n' : ''
    this.#torn = true
    await file.appendFile(start === '' ? lines : Buffer.concat([Buffer.from(start), lines]))
    this.#torn = false
    await file.datasync()
  }
}

/** A line that a crash cut off must not swallow the next one. */
async function endsInLine(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === 0x0a
}
