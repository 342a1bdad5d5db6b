import type { Batch } from '../batch.ts'
import { cutLines } from '../cut-lines.ts'
import type { LinkContext } from './link.ts'
import { textsOf } from './text.ts'

/**
 * A batch as ZeroMQ messages: NDJSON as it is (cut at line ends where it is over `max` bytes: a larger frame makes
 * the receiver drop the connection without a word), one record a message, or one bare text a message.
 */
export function* encodeFrames(
  batch: Batch,
  framing: 'batch' | 'record' | 'text',
  max: number,
  template?: LinkContext['template'],
): Generator<Buffer> {
  if (framing === 'text') yield* textsOf(batch, template)
  else if (framing === 'record') yield* cutLines(batch.bytes, 0)
  else if (batch.bytes.length <= max) yield batch.bytes
  else yield* cutLines(batch.bytes, max)
}
