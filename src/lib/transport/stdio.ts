import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Receipt } from '../engine/receipt.ts'
import { codeOf } from '../errors.ts'
import { pullLines } from './lines.ts'
import { countBatch, type LinkContext, linkStatus, type PullLink, type PushLink } from './link.ts'
import { linesOf } from './text.ts'

/** Standard input: NDJSON or plain lines, to its end. */
export async function openPull(endpoint: Endpoint, context: LinkContext): Promise<PullLink> {
  return pullLines(endpoint, context, context.host.stdin, async () => {})
}

/** Standard output: NDJSON, or one readable line a record where a person looks at it. */
export async function openPush(endpoint: Endpoint, { host, gone, template }: LinkContext): Promise<PushLink> {
  const { stdout } = host
  const format = await formatFor(endpoint, stdout, template)
  const status = linkStatus(endpoint)
  let writing: Promise<void> | undefined
  let broken = false
  stdout.on('error', error => {
    broken = true
    gone(
      codeOf(error) === 'EPIPE'
        ? 'standard output was closed by its reader'
        : `standard output: ${error.message}`,
    )
  })

  async function write(output: string | Buffer): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      stdout.write(output, error => (error ? reject(error) : resolve()))
    })
  }

  return {
    statuses: [status],
    form: format ? 'records' : 'bytes',
    async accept(batch: Batch): Promise<Receipt> {
      const output = format ? format(batch) : batch.bytes
      const written = write(output)
      const free = () => {
        writing = undefined
      }
      writing = written.then(free, free)
      await written
      countBatch(status, batch)
      return { sent: batch.count }
    },
    room: () => writing,
    async close(grace: number) {
      if (broken || !stdout.writableNeedDrain) return
      await once(stdout, 'drain', { signal: AbortSignal.timeout(Math.ceil(grace)) }).catch(() => {})
    },
  }
}

/** Undefined where a batch goes out as it is. */
async function formatFor(
  { query }: Endpoint,
  stdout: Writable,
  template: LinkContext['template'],
): Promise<((batch: Batch) => string | Buffer) | undefined> {
  if (query.format === 'pretty') {
    const format = (await import('./pretty.ts')).createFormat(stdout)
    return ({ records }) => format(records)
  }
  if (query.format !== 'text') return undefined
  return batch => linesOf(batch, template)
}
