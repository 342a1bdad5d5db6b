// Sets of characters as RE2 knows them: https://github.com/google/re2/wiki/Syntax

/** Code points as ranges: first, last, first, last, …; in order, apart from each other. */
export type Ranges = readonly number[]

export const LAST = 0x10ffff
export const ALL: Ranges = [0, LAST]
export const ALL_BUT_LINE_FEED: Ranges = [0, 9, 11, LAST]

const DIGIT: Ranges = [0x30, 0x39]
const SPACE: Ranges = [9, 10, 12, 13, 32, 32]
const WORD: Ranges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a]

/** The classes that are a letter behind a backslash; as a capital, all others. */
export const PERL: { readonly [letter: string]: Ranges } = {
  d: DIGIT,
  s: SPACE,
  w: WORD,
}

/** The classes that are a name in `[:…:]`. */
export const POSIX: { readonly [name: string]: Ranges } = {
  alnum: [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a],
  alpha: [0x41, 0x5a, 0x61, 0x7a],
  ascii: [0, 0x7f],
  blank: [9, 9, 32, 32],
  cntrl: [0, 0x1f, 0x7f, 0x7f],
  digit: DIGIT,
  graph: [0x21, 0x7e],
  lower: [0x61, 0x7a],
  print: [0x20, 0x7e],
  punct: [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e],
  space: [9, 13, 32, 32],
  upper: [0x41, 0x5a],
  word: WORD,
  xdigit: [0x30, 0x39, 0x41, 0x46, 0x61, 0x66],
}

/** The characters that are a letter behind a backslash. */
export const ESCAPES: { readonly [letter: string]: number } = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 }

export function negated(ranges: Ranges): Ranges {
  const out: number[] = []
  let next = 0
  for (let n = 0; n < ranges.length; n += 2) {
    if (ranges[n]! > next) out.push(next, ranges[n]! - 1)
    next = ranges[n + 1]! + 1
  }
  if (next <= LAST) out.push(next, LAST)
  return out
}

/** Ranges in any order, as a set. */
export function union(ranges: readonly number[]): Ranges {
  const pairs: [number, number][] = []
  for (let n = 0; n < ranges.length; n += 2) pairs.push([ranges[n]!, ranges[n + 1]!])
  pairs.sort((a, b) => a[0] - b[0])
  const out: number[] = []
  for (const [first, last] of pairs) {
    const end = out.length - 1
    if (out.length > 0 && first <= out[end]! + 1) out[end] = Math.max(out[end]!, last)
    else out.push(first, last)
  }
  return out
}

export function includes(ranges: Ranges, code: number): boolean {
  for (let n = 0; n < ranges.length; n += 2) if (code >= ranges[n]! && code <= ranges[n + 1]!) return true
  return false
}

// Beyond ASCII only these two fold into it: U+017F (long s) and U+212A (the sign of Kelvin).
const LONG_S = 0x17f
const KELVIN = 0x212a
const CASE = 0x20

/** The same set in upper and lower case; undefined where that takes more than ASCII. */
export function folded(ranges: Ranges): Ranges | undefined {
  const out = [...ranges]
  for (let n = 0; n < ranges.length; n += 2) {
    const [first, last] = [ranges[n]!, ranges[n + 1]!]
    if (last > 0x7f) return undefined
    for (let code = Math.max(first, 0x41); code <= Math.min(last, 0x7a); code++) {
      const letter = (code >= 0x41 && code <= 0x5a) || code >= 0x61
      if (letter) out.push(code ^ CASE, code ^ CASE)
    }
  }
  if (includes(union(out), 0x73)) out.push(LONG_S, LONG_S)
  if (includes(union(out), 0x6b)) out.push(KELVIN, KELVIN)
  return union(out)
}
