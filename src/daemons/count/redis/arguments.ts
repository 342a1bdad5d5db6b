import { hash } from 'node:crypto'
import type { Change, HashChange } from '../change.ts'
import { formatDecimal } from '../decimal.ts'
import { SLICES } from '../store.ts'

export type Argument = string | Buffer

/** Bytes of an id: with its header, what Redis keeps of it is 16. Of a thousand million, two are the same with a chance of 10^-11. */
const ID_BYTES = 12

/** The arguments of the script (script.ts) for a change. `remember` is in milliseconds. */
export function scriptArguments({ ids, keys, hashes }: Change, prefix: string, remember: number): Argument[] {
  const all: Argument[] = [prefix, String(Math.ceil(remember / SLICES)), String(ids.length)]
  for (const id of ids) all.push(hash('sha256', id, 'buffer').subarray(0, ID_BYTES))
  all.push(String(keys.length))
  for (const [key, last] of keys) all.push(key, String(last))
  for (const change of hashes) addHash(all, change)
  return all
}

function addHash(all: Argument[], { name, kind, expires, fields }: HashChange): void {
  all.push(name, kind, String(expires), String(fields.length))
  for (const [field, addition] of fields) {
    all.push(field)
    if (typeof addition === 'number') all.push(String(addition))
    else if (typeof addition === 'bigint') all.push(formatDecimal(addition))
    else {
      all.push(String(addition.length))
      for (const member of addition) all.push(Buffer.from(member, 'base64'))
    }
  }
}
