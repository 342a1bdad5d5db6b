import { closeSync, constants, openSync, readSync } from 'node:fs'
import { PROOF } from './print.ts'

/** Reads so many bytes of a text at a position; fewer at its end. */
export type ReadText = (position: number, length: number) => Buffer

const LF = 0x0a
/** A last line without an end that is longer than this is taken for read. */
const LOOK_BACK = 64 * 1024

/** Opens a file; not a pipe that somebody has put there meanwhile, which would wait for its writer. */
export function openToRead(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
}

/** Looks into the text of a file. */
export function withTextOf<T>(path: string, look: (read: ReadText) => T): T {
  const fd = openToRead(path)
  try {
    return look(readTextOf(fd))
  } finally {
    closeSync(fd)
  }
}

export function readTextOf(fd: number): ReadText {
  return (position, length) => {
    const text = Buffer.alloc(length)
    return text.subarray(0, readSync(fd, text, 0, length, position))
  }
}

/** The position behind the last line that has an end, and what is before it. */
export function endOfLines(read: ReadText, size: number): { offset: number; before: Buffer } {
  const start = Math.max(0, size - LOOK_BACK)
  const last = read(start, size - start)
  const end = last.lastIndexOf(LF) + 1
  const offset = end === 0 && start === 0 ? 0 : start + (end === 0 ? last.length : end)
  return { offset, before: last.subarray(Math.max(0, offset - start - PROOF), offset - start) }
}
