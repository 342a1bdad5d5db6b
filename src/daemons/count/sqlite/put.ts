import type { Change, HashChange } from '../change.ts'
import { formatDecimal, readDecimal } from '../decimal.ts'
import type { Statements } from './schema.ts'

/** Within a transaction: adds a change to what is there. */
export function put(sql: Statements, { hashes, keys }: Change): void {
  for (const hash of hashes) putHash(sql, hash)
  for (const [key, last, expires] of keys) sql.putKey.run(key, last, expires)
}

function putHash(sql: Statements, { name, kind, expires, fields }: HashChange): void {
  const { id } = sql.putHash.get(name, expires) as { id: number }
  for (const [field, addition, seen] of fields)
    if (kind === 'count') sql.add.run(id, field, addition as number)
    else if (kind === 'sum') addSum(sql, id, field, addition as bigint)
    else {
      sql.add.run(id, field, see(sql, id, field, addition as readonly string[]))
      if (seen) sql.putSeen.run(id, field, seen)
      else sql.dropSeen.run(id, field)
    }
}

function addSum(sql: Statements, id: number, field: string, addition: bigint): void {
  const { value = '0' } = (sql.value.get(id, field) ?? {}) as { value?: string }
  sql.set.run(id, field, formatDecimal(readDecimal(value)! + addition))
}

/** How many of them were not seen before. */
function see(sql: Statements, id: number, field: string, members: readonly string[]): number {
  let seen = 0
  for (const member of members) seen += Number(sql.see.run(id, field, Buffer.from(member, 'base64')).changes)
  return seen
}
