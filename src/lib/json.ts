// JSON in which no number changes: what Sluice forwards is somebody else's data.

// `JSON.rawJSON` and the reviver's third argument (ECMAScript's "JSON.parse source text access") are in
// Node 24; TypeScript does not know them yet.
export const { rawJSON: rawJson, isRawJSON: isRawJson } = JSON as unknown as {
  rawJSON(source: string): object
  isRawJSON(value: unknown): value is { rawJSON: string }
}
type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown

// A number that a double may not hold: 16 digits in a row or an exponent, standing where a value can stand.
// (Anchored by the character before it, so that hashes and ids inside strings do not cost the slow path.)
const DELICATE_NUMBER = /(?:[:,[]|^)\s*-?(?:[\d.]{16}|[\d.]+[eE])/

// In an object as Sluice writes it, what follows a name is a text, an object, a word or a short number, and nothing has white
// space around it. Where that is so of all quotes there can be no delicate number. It skips from quote to quote, in 0.13 µs for
// 300 characters; the expression above looks at all of them, in 0.51, which was an eighth of sluice-syslog-json.
const UNUSUAL = /"(?::(?!["{tfn]|-?[\d.]{1,15}[,}])|[ \t\r\n])/

// JSON.stringify recurses and overflows the stack a few thousand levels down, so what came in could not go
// out again. No log goes this deep (Elasticsearch's own parser stops at 1,000 as well).
const MAX_DEPTH = 500

/** Parses JSON; a number that a double cannot hold exactly becomes a `JSON.rawJSON` object that prints as it came. */
export function parseJson(text: string): unknown {
  checkDepth(text)
  return (text[0] !== '{' || UNUSUAL.test(text)) && DELICATE_NUMBER.test(text)
    ? parseWithSource(text, keepNumber)
    : JSON.parse(text)
}

/** Throws SyntaxError for JSON that could be written, and would not be read again. */
export function checkDepth(text: string): void {
  if (text.length > 2 * MAX_DEPTH && deeperThan(text, MAX_DEPTH))
    throw new SyntaxError(`nested deeper than ${MAX_DEPTH} levels`)
}

function keepNumber(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value
  return rawJson(source)
}

/** Whether brackets nest deeper than `limit`. Strings are skipped by `indexOf`, so long messages cost little. */
function deeperThan(text: string, limit: number): boolean {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x22) i = endOfString(text, i)
    else if (c === 0x7b || c === 0x5b) {
      if (++depth > limit) return true
    } else if (c === 0x7d || c === 0x5d) depth--
  }
  return false
}

/** Index of the quote that closes the string opened at `start`, or the end of the text. */
export function endOfString(text: string, start: number): number {
  for (let i = start + 1; ; i++) {
    i = text.indexOf('"', i)
    if (i < 0) return text.length
    let backslashes = 0
    while (text.charCodeAt(i - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return i
  }
}
