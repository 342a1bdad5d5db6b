import { constants, createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { isatty } from 'node:tty'
import { Backoff } from '../backoff.ts'
import type { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Receipt } from '../engine/receipt.ts'
import { Fatal, messageOf } from '../errors.ts'
import { AppendedFile } from './appended-file.ts'
import { countBatch, type LinkContext, linkStatus, type PullLink, type PushLink } from './link.ts'
import { pullStream } from './stream.ts'
import { linesOf } from './text.ts'

/** Bytes of one write, which takes three trips to the disk. */
const MOST = 2 * 1024 * 1024

/** A file of NDJSON or plain lines, or of MessagePack, from its start to its end. */
export async function openPull(endpoint: Endpoint, context: LinkContext): Promise<PullLink> {
  // A pipe would keep it waiting for a writer, and a read of it could not be given up.
  const file = await open(endpoint.address, constants.O_RDONLY | constants.O_NONBLOCK).catch(error => {
    throw new Fatal(`cannot read ${endpoint.address}: ${messageOf(error)}`)
  })
  if ((await file.stat()).isFIFO() || isatty(file.fd)) {
    await file.close()
    throw new Fatal(
      `cannot read ${endpoint.address}: it has no end; write --pull-connect - and < ${endpoint.address}, or sluice-tail --fifo for a named pipe`,
    )
  }
  const stream = createReadStream('', { fd: file, highWaterMark: 256 * 1024, autoClose: false })
  return pullStream(endpoint, context, stream, () => file.close())
}

/** Appended NDJSON; a batch is accepted when it is on the disk (fdatasync). */
export async function openPush(endpoint: Endpoint, context: LinkContext, limit?: number): Promise<PushLink> {
  const file = new AppendedFile(endpoint.address, limit)
  const status = linkStatus(endpoint)
  const isText = endpoint.query.format === 'text'
  let writing: Promise<void> | undefined
  return {
    statuses: [status],
    form: isText ? 'records' : 'bytes',
    most: MOST,
    borrows: true,
    async accept(batch: Batch): Promise<Receipt> {
      const bytes = isText ? linesOf(batch, context.template) : batch.bytes
      const written = append(file, bytes, context).finally(() => {
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
