// The id of an entry, which is the same however often it is read: so sinks know it again when the daemon was killed before its place
// was on disk. It sorts by the time at which the journal took it in.

import { base32 } from '../../lib/id.ts'

/** Digits of time (milliseconds), of the series of the number, and of the number. */
const [TIME, SERIES, NUMBER] = [9, 8, 9]

/** Series and number, in systemd's cursors: `s=<128 bits in hex>;i=<hex>;b=…`. */
const CURSOR = /^s=([0-9a-f]{10})[0-9a-f]{22};i=([0-9a-f]{1,11});/

/**
 * 26 characters of a cursor and the time of its entry. Numbers are unique in a series, of which each is a random number. Undefined for
 * a cursor of another form.
 */
export function entryId(cursor: string, milliseconds: number): string | undefined {
  const parts = CURSOR.exec(cursor)
  if (!parts) return undefined
  const [, series, number] = parts
  return (
    base32(milliseconds, TIME) +
    base32(Number.parseInt(series!, 16), SERIES) +
    base32(Number.parseInt(number!, 16), NUMBER)
  )
}
