import { closeSync, createReadStream, openSync } from 'node:fs'
import { pipeline } from 'node:stream'
import { type Compression, compressionOf } from './compression.ts'
import type { Place } from './origin.ts'
import { isPrintOf, PROOF } from './print.ts'
import { readTextOf } from './read-text.ts'

const CHUNK = 128 * 1024

export function compressionAt(path: string): Compression | undefined {
  const fd = openSync(path, 'r')
  try {
    return compressionOf(readTextOf(fd)(0, PROOF))
  } finally {
    closeSync(fd)
  }
}

/** What is in a compressed file. Throws what zlib says of one that is damaged or has no end yet. */
export async function* textIn(path: string, compression: Compression): AsyncGenerator<Buffer> {
  const { createGunzip, createZstdDecompress } = process.getBuiltinModule('node:zlib')
  const unpack =
    compression === 'gzip' ? createGunzip({ chunkSize: CHUNK }) : createZstdDecompress({ chunkSize: CHUNK })
  // Its errors come out of the last stream as well.
  pipeline(createReadStream(path, { highWaterMark: CHUNK }), unpack, () => {})
  yield* unpack as AsyncIterable<Buffer>
}

/** So much of the text from a position on, or as much as there is. */
export async function sliceOf(
  path: string,
  compression: Compression,
  position: number,
  length: number,
): Promise<Buffer> {
  const parts: Buffer[] = []
  let at = 0
  for await (const chunk of textIn(path, compression)) {
    parts.push(chunk.subarray(Math.max(0, position - at), Math.max(0, position + length - at)))
    at += chunk.length
    if (at >= position + length) break
  }
  return Buffer.concat(parts)
}

export function headOfText(path: string, compression: Compression): Promise<Buffer> {
  return sliceOf(path, compression, 0, PROOF)
}

/** Whether it is what was read there that stands before the offset. */
export async function isReadUpToIn(
  path: string,
  compression: Compression,
  { offset, tail }: Place,
): Promise<boolean> {
  return isPrintOf(tail, await sliceOf(path, compression, offset - tail.length, tail.length), 0)
}
