import type { TakePiece } from '../../lib/text/frame.ts'

const BYTE_ORDER_MARK = Buffer.from('\ufeff')

/** What is in front of a line and no part of it. */
export interface LeadIn {
  readonly take: TakePiece
  /** Bytes that were left out of the line that is being given. */
  readonly skipped: number
}

/**
 * Leaves out NULs at the beginning of lines. They are no text of anybody: a writer that does not append goes on at its old
 * position after the file was truncated, and the hole before it reads as NULs; after a power failure so do blocks that were not
 * written. A byte order mark at the beginning of a file is left out as well.
 * @param isFirst whether the line is the first of its file
 */
export function createLeadIn(take: TakePiece, isFirst: () => boolean): LeadIn {
  let begun = false
  const line = {
    skipped: 0,
    take(memory: Buffer, start: number, end: number, last: boolean): void {
      const from = begun ? start : startOfText(memory, start, end, isFirst())
      line.skipped += from - start
      if (from < end || last) {
        begun = !last
        take(memory, from, end, last)
      }
      if (last) line.skipped = 0
    },
  }
  return line
}

function startOfText(memory: Buffer, start: number, end: number, isFirst: boolean): number {
  let from = start
  while (from < end && memory[from] === 0) from++
  const mark = BYTE_ORDER_MARK.length
  return isFirst && memory.subarray(from, Math.min(end, from + mark)).equals(BYTE_ORDER_MARK)
    ? from + mark
    : from
}
