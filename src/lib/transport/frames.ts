import type { Batch } from '../batch.ts'
import { originalBytes } from '../record.ts'

const LF = 0x0a

/**
 * A batch as ZeroMQ messages: NDJSON as it is (cut at line ends where it is over `max` bytes: a larger frame makes
 * the receiver drop the connection without a word), one record a message, or one bare text a message.
 */
export function* encodeFrames(
  batch: Batch,
  framing: 'batch' | 'record' | 'text',
  max: number,
): Generator<Buffer> {
  if (framing === 'text') for (const record of batch.records) yield originalBytes(record)
  else if (framing === 'record') yield* cut(batch.bytes, 0)
  else if (batch.bytes.length <= max) yield batch.bytes
  else yield* cut(batch.bytes, max)
}

/** Pieces of whole lines of at most `max` bytes. A line that is as long by itself goes without its LF; so does each with 0. */
function* cut(bytes: Buffer, max: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; ) {
    const last = max > 0 ? bytes.lastIndexOf(LF, start + max - 1) : -1
    const end = last >= start ? last : bytes.indexOf(LF, start)
    if (end > start) yield bytes.subarray(start, last >= start ? end + 1 : end)
    start = end + 1
  }
}
