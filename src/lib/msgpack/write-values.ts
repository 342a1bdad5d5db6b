import type { Batch } from '../batch.ts'
import { messageOf } from '../errors.ts'
import { oversize, type Refused } from '../reader.ts'
import { encode } from './encode.ts'

/** The records of a batch as MessagePack, a value each, and those that cannot be. */
export function valuesOf(batch: Batch, maxRecord: number): { values: Buffer[]; refused: Refused[] } {
  const refused = [...batch.refused]
  const values: Buffer[] = []
  for (const record of batch.records) {
    try {
      const bytes = encode(record)
      const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const detail = oversize(value, maxRecord)
      if (detail === undefined) values.push(value)
      else refused.push({ record, reason: 'oversize', detail })
    } catch (error) {
      refused.push({ record, reason: 'unwritable', detail: messageOf(error) })
    }
  }
  return { values, refused }
}
