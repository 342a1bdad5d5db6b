import type { Reader, ReaderCounter } from '../../src/lib/reader.ts'

/** A reader whose ids are m1, m2, …, whose clock stands, and whose counts can be looked at. */
export function createReader(
  maxRecord = 1024 * 1024,
): Reader & { counted: { [C in ReaderCounter]?: number } } {
  const counted: { [C in ReaderCounter]?: number } = {}
  let minted = 0
  return {
    counted,
    maxRecord,
    mint: () => `m${++minted}`,
    now: () => 1000,
    count(what) {
      counted[what] = (counted[what] ?? 0) + 1
    },
  }
}
