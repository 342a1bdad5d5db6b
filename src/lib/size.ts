import type { Fields } from './record.ts'

// A filter's object may be a cycle, or deeper than the stack: it is refused when it is encoded, not here.
const MOST_LEVELS = 1_000
const MOST_OBJECTS = 100_000

/**
 * About the bytes of a record's JSON, without making it: lengths of keys and strings, and a few for the rest.
 * Never throws.
 */
export function estimateSize(record: unknown): number {
  try {
    return sizeOf(record, 0, { objects: 0 })
  } catch {
    return 0
  }
}

function sizeOf(value: unknown, level: number, seen: { objects: number }): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 8
  if (level === MOST_LEVELS || seen.objects === MOST_OBJECTS) return 8
  seen.objects++
  let size = 2
  for (const key in value) size += key.length + 4 + sizeOf((value as Fields)[key], level + 1, seen)
  return size
}
