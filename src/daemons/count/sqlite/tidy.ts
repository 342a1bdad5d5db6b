// Deletes what has expired, in pieces so small that nobody waits for long.

import type { Statements } from './schema.ts'

/** Rows that are deleted at once: about 10 ms. */
const AT_ONCE = 2000

/** Within a transaction: deletes some of what has expired; returns whether there may be more. */
export function tidy(sql: Statements, now: number): boolean {
  let room = forgetSeen(sql, now, AT_ONCE)
  for (const { id } of room > 0 ? sql.expired.all(now, room) : []) {
    const hash = id as number
    room -= Number(sql.forgetMembers.run(hash, room).changes)
    // Of a hash with a million members, the rest goes the next time.
    if (room <= 0) return true
    for (const forget of [sql.forgetAllSeen, sql.forgetFields, sql.forgetHash])
      room -= Number(forget.run(hash).changes)
    if (room <= 0) return true
  }
  return room <= 0 || Number(sql.forgetKeys.run(now, room).changes) === room
}

/** Forgets who was seen in what is over; returns how many rows are left to be deleted at once. */
function forgetSeen(sql: Statements, now: number, room: number): number {
  for (const { hash, field } of sql.unseen.all(now, room)) {
    room -= Number(sql.forgetSeen.run(hash as number, field as string, room).changes)
    if (room <= 0) break
    room -= Number(sql.dropSeen.run(hash as number, field as string).changes)
  }
  return room
}
