const LF = 0x0a

/**
 * Cuts NDJSON, whose last line is ended, into pieces of whole lines of at most `max` bytes. A line that is longer with its
 * LF is a piece of its own, without it; with 0, each line is.
 */
export function* cutLines(bytes: Buffer, max: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; ) {
    const last = max > 0 ? bytes.lastIndexOf(LF, start + max - 1) : -1
    const end = last >= start ? last : bytes.indexOf(LF, start)
    if (end > start) yield bytes.subarray(start, last >= start ? end + 1 : end)
    start = end + 1
  }
}
