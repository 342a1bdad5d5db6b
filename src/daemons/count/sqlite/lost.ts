import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { walkWal } from '../../../lib/spool/wal.ts'
import { PAGE } from './schema.ts'

/**
 * How many commits follow a wrong checksum in the log of this file (FILE-wal): SQLite takes the first one for the end, and begins
 * anew from there without a word. One is what a power cut may leave, of which nobody was told that it is durable.
 */
export function lostCommits(path: string): number {
  let wal: number
  try {
    wal = openSync(`${path}-wal`, 'r')
  } catch {
    // There is none; of one that may not be read, SQLite says so.
    return 0
  }
  try {
    const read = (buffer: Uint8Array, offset: number) => readSync(wal, buffer, 0, buffer.length, offset)
    const { lost } = walkWal(read, fstatSync(wal).size, PAGE)
    return lost < 2 ? 0 : lost
  } finally {
    closeSync(wal)
  }
}
