import assert from 'node:assert/strict'
import { decodeOne } from '../../src/lib/msgpack/decode.ts'
import { eachValue } from '../../src/lib/msgpack/each-value.ts'
import { MsgpackFault } from '../../src/lib/msgpack/fault.ts'
import type { Fields } from '../../src/lib/record.ts'

/** The maps of a message, up to what is none, and where that begins. */
export function decodeAll(bytes: Buffer): { values: Fields[]; fault?: MsgpackFault; rest: number } {
  const values: Fields[] = []
  for (const { start, end, fault } of eachValue(bytes)) {
    if (fault) return { values, fault, rest: start }
    try {
      values.push(decodeOne(bytes, start, end))
    } catch (error) {
      assert.ok(error instanceof MsgpackFault)
      return { values, fault: error, rest: start }
    }
  }
  return { values, rest: bytes.length }
}
