// Deletes what has expired, in pieces so small that nobody waits for long.

import type { Statements } from './schema.ts'

/** Rows that are deleted at once: about 10 ms. */
const AT_ONCE = 2000

/** Within a transaction: deletes some of what has expired; returns whether there may be more. */
export function tidy(sql: Statements, now: number): boolean {
  let room = AT_ONCE
  for (const { id } of sql.expired.all(now, AT_ONCE)) {
    const hash = id as number
    room -= Number(sql.forgetMembers.run(hash, room).changes)
    // Of a hash with a million members, the rest goes the next time.
    if (room <= 0) return true
    room -= Number(sql.forgetFields.run(hash).changes) + Number(sql.forgetHash.run(hash).changes)
    if (room <= 0) return true
  }
  return Number(sql.forgetKeys.run(now, room).changes) === room
}
