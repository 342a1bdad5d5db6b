import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Receipt } from '../engine/receipt.ts'
import { codeOf } from '../errors.ts'
import type { Refused } from '../reader.ts'
import { countBatch, type LinkContext, linkStatus, type PullLink, type PushLink } from './link.ts'
import { pullStream } from './stream.ts'
import { linesOf } from './text.ts'

/** Standard input: NDJSON or plain lines, or MessagePack, to its end. */
export async function openPull(endpoint: Endpoint, context: LinkContext): Promise<PullLink> {
  return pullStream(endpoint, context, context.host.stdin, async () => {})
}

/** Standard output: NDJSON or MessagePack, or one readable line a record where a person looks at it. */
export async function openPush(endpoint: Endpoint, context: LinkContext): Promise<PushLink> {
  const { host, gone, refuse } = context
  const { stdout } = host
  const format = await formatFor(endpoint, stdout, context)
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
      const { output, refused = [] }: Formatted = format ? format(batch) : { output: batch.bytes }
      const written = write(output)
      const free = () => {
        writing = undefined
      }
      writing = written.then(free, free)
      await written
      countBatch(status, batch)
      if (refused.length === 0) return { sent: batch.count }
      await Promise.all(refused.map(({ record, reason, detail }) => refuse(record, reason, detail)))
      return { sent: batch.count - refused.length, dead: refused.length }
    },
    room: () => writing,
    async close(grace: number) {
      if (broken || !stdout.writableNeedDrain) return
      await once(stdout, 'drain', { signal: AbortSignal.timeout(Math.ceil(grace)) }).catch(() => {})
    },
  }
}

/** What is to be written, and what cannot be. */
interface Formatted {
  output: string | Buffer
  refused?: readonly Refused[]
}

/** Undefined where a batch goes out as it is. */
async function formatFor(
  { query }: Endpoint,
  stdout: Writable,
  { template, reader }: LinkContext,
): Promise<((batch: Batch) => Formatted) | undefined> {
  if (query.encoding === 'msgpack') {
    const { valuesOf } = await import('../msgpack/write-values.ts')
    return batch => {
      const { values, refused } = valuesOf(batch, reader.maxRecord)
      return { output: Buffer.concat(values), refused }
    }
  }
  if (query.format === 'pretty') {
    const format = (await import('./pretty.ts')).createFormat(stdout)
    return ({ records }) => ({ output: format(records) })
  }
  if (query.format !== 'text') return undefined
  return batch => ({ output: linesOf(batch, template) })
}
