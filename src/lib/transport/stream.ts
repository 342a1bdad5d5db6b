import type { Readable } from 'node:stream'
import { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import { Fatal, messageOf } from '../errors.ts'
import { wholeLines } from './lines.ts'
import { hand, type LinkContext, linkStatus, type PullLink, Stop } from './link.ts'

/** A link that reads NDJSON, plain lines or MessagePack from a stream, to its end. */
export function pullStream(
  endpoint: Endpoint,
  context: LinkContext,
  stream: Readable,
  close: () => Promise<void>,
): PullLink {
  const status = linkStatus(endpoint)
  const stop = new Stop()
  return {
    statuses: [status],
    async run(target) {
      try {
        for await (const batch of batchesOf(endpoint, context, stream)) {
          await hand(batch, target, status, stop)
          if (stop.requested) return
        }
      } catch (error) {
        // A stream that is destroyed under its reader ends in an error.
        if (stop.requested) return
        const what = endpoint.scheme === '-' ? 'standard input' : endpoint.address
        throw new Fatal(`cannot read ${what}: ${messageOf(error)}`)
      }
    },
    stop() {
      stop.request()
      stream.destroy()
    },
    close,
  }
}

async function* batchesOf(
  { query }: Endpoint,
  { reader, maxMessage }: LinkContext,
  stream: Readable,
): AsyncGenerator<Batch> {
  if (query.encoding === 'msgpack') {
    const { wholeValues } = await import('./values.ts')
    for await (const { read, size } of wholeValues(stream, reader, maxMessage))
      yield Batch.fromRead(read, size)
  } else {
    for await (const lines of wholeLines(stream, maxMessage)) yield Batch.fromBytes(lines, reader)
  }
}
