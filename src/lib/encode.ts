import { messageOf } from './errors.ts'
import { checkDepth } from './json.ts'
import { oversize, type Refused } from './reader.ts'
import type { LogRecord } from './record.ts'

const LF = 0x0a

/** Of the scratch. More is not kept between calls. */
const LEAST = 64 * 1024
const KEPT = 4 * 1024 * 1024

/** UTF-8 has at most three bytes for a unit of UTF-16. */
const WIDEST = 3

// Every line is written here, and the whole copied out: 0.87 µs a record of 450 bytes, where one long text that is
// encoded at the end takes 1.24. One for all, since nothing waits while it is in use.
let scratch = Buffer.alloc(0)

/** Copies bytes to where they stay. */
export type Keep = (bytes: Buffer) => Buffer

const asBuffer: Keep = bytes => Buffer.from(bytes)

/**
 * Records as NDJSON. Those that cannot be written as JSON (a filter made a cycle, or nested one in another too deep) or are larger than `maxRecord`
 * bytes are left out and returned beside it.
 */
export function encodeLines(
  records: readonly LogRecord[],
  maxRecord: number,
  keep = asBuffer,
): { bytes: Buffer; count: number; refused: Refused[] } {
  const refused: Refused[] = []
  let end = 0
  for (const record of records) {
    try {
      const line = JSON.stringify(record)
      checkDepth(line)
      const detail = oversize(line, maxRecord)
      if (detail === undefined) {
        makeRoom(end, line.length * WIDEST + 1)
        end += scratch.write(line, end)
        scratch[end++] = LF
      } else refused.push({ record, reason: 'oversize', detail })
    } catch (error) {
      refused.push({ record, reason: 'unwritable', detail: messageOf(error) })
    }
  }
  const bytes = keep(scratch.subarray(0, end))
  if (scratch.length > KEPT) scratch = Buffer.alloc(0)
  return { bytes, count: records.length - refused.length, refused }
}

/** Keeps the first `used` bytes. */
function makeRoom(used: number, wanted: number): void {
  if (used + wanted <= scratch.length) return
  const larger = Buffer.allocUnsafeSlow(Math.max(LEAST, scratch.length * 2, used + wanted))
  scratch.copy(larger, 0, 0, used)
  scratch = larger
}
