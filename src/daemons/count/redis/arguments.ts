import { hash } from 'node:crypto'
import { encode } from '@msgpack/msgpack'
import type { Addition, Change } from '../change.ts'
import { formatDecimal } from '../decimal.ts'
import { SLICES } from '../slice-timer.ts'
import { ID_BYTES } from './script.ts'

/** The arguments of the script (script.ts) for a change. */
export function scriptArguments(
  change: Change,
  prefix: string,
  /** Milliseconds. */
  remember: number,
  /** That of about.ts. */
  print: string,
  /** Whether a slice of ids may end, where the clock says so. */
  mayEnd: boolean,
): (string | Buffer)[] {
  const { ids, keys, hashes } = change
  const members: Buffer[] = []
  const wordOf = (addition: Addition, seen = 0) => {
    if (typeof addition === 'number') return String(addition)
    if (typeof addition === 'bigint') return formatDecimal(addition)
    // Redis's MessagePack knows no bytes.
    for (const member of addition) members.push(Buffer.from(member, 'base64'))
    return [addition.length, String(seen)]
  }
  const packed = hashes.map(({ name, kind, expires, fields }) => [
    ...[name, kind, String(expires)],
    fields.flatMap(([field, addition, seen]) => [field, wordOf(addition, seen)]),
  ])
  const { buffer, byteOffset, byteLength } = encode([
    keys.map(([key, last, expires]) => [key, String(last), String(expires)]),
    packed,
  ])
  return [
    ...[prefix, String(Math.ceil(remember / SLICES)), idsOf(ids)],
    ...[Buffer.from(buffer, byteOffset, byteLength), Buffer.concat(members), print, mayEnd ? '1' : ''],
  ]
}

function idsOf(ids: readonly string[]): Buffer {
  const all = Buffer.allocUnsafe(ids.length * ID_BYTES)
  for (const [n, id] of ids.entries()) hash('sha256', id, 'buffer').copy(all, n * ID_BYTES, 0, ID_BYTES)
  return all
}
