import type { Readable } from 'node:stream'
import { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import { Fatal, messageOf } from '../errors.ts'
import { hand, type LinkContext, linkStatus, type PullLink, Stop } from './link.ts'

const LF = 0x0a

/** A link that reads lines from a stream, to its end. */
export function pullLines(
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
        for await (const lines of wholeLines(stream, maxMessage)) {
          await hand(Batch.fromBytes(lines, reader), target, status, stop)
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

/**
 * Cuts a stream of bytes into pieces of whole lines. A line longer than `max` bytes is cut: what reads it must
 * not hold an endless one in memory.
 */
export async function* wholeLines(stream: Readable, max: number): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(LF) + 1
    if (end > 0) {
      yield Buffer.concat([...rest, chunk.subarray(0, end)])
      rest = end < chunk.length ? [chunk.subarray(end)] : []
      size = chunk.length - end
    } else {
      rest.push(chunk)
      size += chunk.length
    }
    if (size > max) {
      yield Buffer.concat(rest)
      rest = []
      size = 0
    }
  }
  if (size > 0) yield Buffer.concat(rest)
}
