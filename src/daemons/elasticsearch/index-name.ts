import type { LogRecord } from '../../lib/index.ts'

const PARTS: { readonly [letter: string]: [start: number, end: number] } = {
  Y: [0, 4],
  m: [5, 7],
  d: [8, 10],
  H: [11, 13],
}

// Elasticsearch: lower case, none of \ / * ? " < > | space , # :, not starting with - _ +, at most 255 bytes.
const NAME = /^[^\\/*?"<>|\s,#:A-Z_+-][^\\/*?"<>|\s,#:A-Z]*$/

/**
 * Compiles `logs-%Y.%m.%d` into a function that names the index of a record: by its `@timestamp` in UTC, else by
 * when it was received, never by the clock, so that a repeat goes where the first one went. A name without `%` is
 * returned as text. Throws RangeError for what cannot be an index.
 */
export function compileIndexName(pattern: string): string | ((record: LogRecord) => string) {
  const pieces = pattern.split(/%(.)/)
  const letters = pieces.filter((_, n) => n % 2 === 1)
  const unknown = letters.find(letter => !PARTS[letter])
  if (unknown !== undefined) throw new RangeError(`%${unknown} is not known; there are %Y, %m, %d and %H`)
  if (!NAME.test(pattern.replace(/%./g, '0')) || Buffer.byteLength(pattern) > 200) {
    throw new RangeError(
      `"${pattern}": an index has lower-case letters, digits, dots, dashes and underscores`,
    )
  }
  if (letters.length === 0) return pattern
  return record => {
    const time = timestampOf(record)
    return pieces.map((piece, n) => (n % 2 === 1 ? time.slice(...PARTS[piece]!) : piece)).join('')
  }
}

/** The pattern of all indices that a name stands for: `logs-%Y.%m.%d` is `logs-*.*.*`. */
export function indexPattern(pattern: string): string {
  return pattern.replace(/%./g, '*')
}

export const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*Z$/

function timestampOf(record: LogRecord): string {
  const time = record['@timestamp']
  if (typeof time === 'string' && UTC.test(time)) return time
  const parsed = typeof time === 'string' ? Date.parse(time) : typeof time === 'number' ? time : Number.NaN
  return iso(parsed) ?? iso(record['@meta'].received ?? 0) ?? iso(0)!
}

/** Undefined for what is no time, or not within the years 0 to 9999. */
function iso(time: number): string | undefined {
  const date = new Date(time)
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString()
  return /^\d{4}-/.test(text) ? text : undefined
}
