import type { Readable } from 'node:stream'
import { readValues } from '../msgpack/read-values.ts'
import type { Read, Reader } from '../reader.ts'

/**
 * Reads a stream of MessagePack: of each chunk the values that are whole.
 * @param max bytes that wait for their rest: more are read as they are
 */
export async function* wholeValues(
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
