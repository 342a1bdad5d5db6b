import type { Readable } from 'node:stream'
import { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import { Fatal, messageOf } from '../errors.ts'
import { readValues } from '../msgpack/read-values.ts'
import type { Read, Reader } from '../reader.ts'
import { hand, type LinkContext, linkStatus, type PullLink, Stop } from './link.ts'

/** A link that reads MessagePack from a stream, to its end. */
export function pullValues(
  endpoint: Endpoint,
  { reader, maxMessage }: LinkContext,
  stream: Readable,
  close: () => Promise<void>,
): PullLink {
  const status = linkStatus(endpoint)
  const stop = new Stop()
  return {
    statuses: [status],
    async run(target) {
      try {
        for await (const { read, size } of readStream(stream, reader, maxMessage)) {
          await hand(Batch.fromRead(read, size), target, status, stop)
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

/** What whole values there are in each chunk. */
async function* readStream(
  stream: Readable,
  reader: Reader,
  max: number,
): AsyncGenerator<{ read: Read; size: number }> {
  let rest: Buffer[] = []
  let size = 0
  let least = 1
  const cut = (isLast: boolean) => {
    const bytes = Buffer.concat(rest)
    const { read, end, least: wanted } = readValues(bytes, reader, isLast, max)
    rest = [bytes.subarray(end)]
    size = bytes.length - end
    least = wanted
    return { read, size: end }
  }
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest.push(chunk)
    size += chunk.length
    if (size >= least) yield cut(false)
  }
  if (size > 0) yield cut(true)
}
