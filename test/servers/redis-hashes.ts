// What redis-cli prints of the hashes of a database.
import type { Redis } from './redis.ts'

export type Hashes = { [name: string]: { [field: string]: string } }

/** All that are there. Names have no line feeds. */
export async function hashesIn(redis: Redis, database = 0): Promise<Hashes> {
  const names = (await redis.cli('-n', String(database), 'KEYS', '*')).split('\n').filter(Boolean)
  const types = await redis.answers(
    names.map(name => ['TYPE', name]),
    database,
  )
  const own = names.filter((_, n) => types[n]![0] === 'hash')
  const found = await redis.answers(
    own.map(name => ['HGETALL', name]),
    database,
  )
  return Object.fromEntries(own.map((name, n) => [name, pairsIn(found[n]!)]))
}

function pairsIn(flat: readonly string[]): { [field: string]: string } {
  const pairs: { [field: string]: string } = {}
  for (let n = 0; n < flat.length; n += 2) pairs[flat[n]!] = flat[n + 1]!
  return pairs
}
