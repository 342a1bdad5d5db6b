/** What is kept of bytes to know them again: how many, and their CRC-32. */
export interface Print {
  length: number
  sum: number
}

/**
 * So much is kept of the beginning of a file, and of what is before a position. Both have to agree before a file is taken for one
 * that was read under another name: with less, two services that begin their logs with the same words would be taken for one.
 */
export const PROOF = 256

export const NOTHING: Print = { length: 0, sum: 0 }

export function printOf(memory: Buffer, start: number, end: number): Print {
  return { length: end - start, sum: sum(memory.subarray(start, end)) }
}

/** Whether the bytes from `start` on are those of the print. */
export function isPrintOf({ length, sum: expected }: Print, memory: Buffer, start: number): boolean {
  return start + length <= memory.length && sum(memory.subarray(start, start + length)) === expected
}

function sum(bytes: Buffer): number {
  return bytes.length === 0 ? 0 : process.getBuiltinModule('node:zlib').crc32(bytes)
}
