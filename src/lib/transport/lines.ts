import type { Readable } from 'node:stream'

const LF = 0x0a

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
