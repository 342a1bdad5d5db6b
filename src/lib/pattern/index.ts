// Patterns in the syntax of RE2 that take linear time, whatever the pattern and the text.
//
// JavaScript's RegExp backtracks: `(a+)+$` takes minutes for 40 characters. RE2's ways never do, and its port to JavaScript
// (re2js) is the measure of what a pattern means. It also takes 20 to 60 times as long for what is usual. So RegExp is used where
// it is proved that it takes linear time (bounded.ts), and RE2 for the rest.
//
// | RE2 says                      | what is done                                            |
// |-------------------------------|---------------------------------------------------------|
// | `.` does not take a line feed | it does, as with (?s): a message may have several lines |
// | no look-around, no `\1`       | the same: neither can be had in linear time             |

import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import { isBounded } from './bounded.ts'
import { sourceOf } from './native.ts'
import type { Node } from './node.ts'
import { parsePattern } from './syntax.ts'

/** What the groups hold: by their number, from 1; 0 is all that matched. */
export type Groups = readonly (string | undefined)[]

export interface Pattern {
  /** The names of the groups, by their number; undefined for one that has none. */
  readonly names: readonly (string | undefined)[]
  /** Which engine answers: RegExp; RegExp for what begins where the text begins, else RE2; only RE2. */
  readonly engine: 'native' | 'both' | 're2'
  /** The first match in the text. */
  exec(text: string): Groups | null
  test(text: string): boolean
}

// Patterns have no state, and a proof takes some 50 ms: once for checking the flags, not again for using them.
const known = new Map<string, Pattern>()

/** @throws RangeError that says what is wrong with it */
export function createPattern(pattern: string): Pattern {
  const before = known.get(pattern)
  if (before) return before
  const created = compile(pattern)
  known.set(pattern, created)
  return created
}

function compile(pattern: string): Pattern {
  const node = parsePattern(pattern)
  if (!node) return re2Pattern(pattern)
  const names = namesIn(node)
  const anchored = isAnchored(node)
  if (hasTwice(names)) return re2Pattern(pattern)
  // V8 finds nothing at all also between the halves of a surrogate pair (/\B/u in "a😀a"), where no character begins.
  const searches = anchored || !canBeEmpty(node)
  const expression = searches && isBounded(node, !anchored) ? nativeOf(sourceOf(node)) : undefined
  if (expression) return nativePattern(pattern, expression, names)
  const first = !anchored && isBounded(node, false) ? nativeOf(`^(?:${sourceOf(node)})`) : undefined
  return first ? bothPattern(pattern, first, names) : re2Pattern(pattern)
}

/** Undefined when it is too large for V8. */
function nativeOf(source: string): RegExp | undefined {
  try {
    const expression = new RegExp(source, 'u')
    // Compiled now, at its first use.
    expression.exec('')
    return expression
  } catch {
    return undefined
  }
}

function nativePattern(pattern: string, expression: RegExp, names: Pattern['names']): Pattern {
  const rest = late(pattern)
  const exec = (text: string) => {
    try {
      return expression.exec(text)
    } catch {
      // The stack of a match over a megabyte or so.
      return rest().exec(text)
    }
  }
  return { names, engine: 'native', exec, test: text => exec(text) !== null }
}

/** Nearly all lines match at their beginning, if at all; and a match there is the first one. */
function bothPattern(pattern: string, first: RegExp, names: Pattern['names']): Pattern {
  const rest = late(pattern)
  const atBeginning = nativePattern(pattern, first, names)
  return {
    names,
    engine: 'both',
    exec: text => atBeginning.exec(text) ?? rest().exec(text),
    test: text => atBeginning.test(text) || rest().test(text),
  }
}

function re2Pattern(pattern: string): Pattern {
  const re2 = compileRe2(pattern)
  const names = new Array<string | undefined>(re2.groupCount() + 1).fill(undefined)
  for (const [name, group] of Object.entries(re2.namedGroups())) names[group as number] = name
  return {
    names,
    engine: 're2',
    exec: text => re2.exec(text) as Groups | null,
    test: text => re2.test(text),
  }
}

function late(pattern: string): () => RE2JS {
  let re2: RE2JS | undefined
  return () => {
    re2 ??= compileRe2(pattern)
    return re2
  }
}

/** Loaded when it is needed: 19 ms and 5 MB. */
function compileRe2(pattern: string): RE2JS {
  const { RE2JS: re2 } = createRequire(import.meta.url)('re2js') as typeof import('re2js')
  try {
    return re2.compile(pattern, re2.DOTALL)
  } catch (error) {
    const why = (error as Error).message.replace(/^error parsing regexp: /, '').replace('(?s)', '')
    throw new RangeError(`"${pattern}" is not a pattern of RE2: ${why}`)
  }
}

/** Whether no match begins anywhere but at the beginning. */
function isAnchored(node: Node): boolean {
  if (node.type === 'assertion') return node.what === 'start'
  if (node.type === 'group') return isAnchored(node.item)
  if (node.type === 'choice') return node.items.every(isAnchored)
  return node.type === 'sequence' && node.items[0] !== undefined && isAnchored(node.items[0])
}

/** Whether it may match without taking a character. */
function canBeEmpty(node: Node): boolean {
  if (node.type === 'set') return false
  if (node.type === 'group') return canBeEmpty(node.item)
  if (node.type === 'repeat') return node.min === 0 || canBeEmpty(node.item)
  if (node.type === 'choice') return node.items.some(canBeEmpty)
  return node.type === 'assertion' || node.items.every(canBeEmpty)
}

function namesIn(node: Node, names: (string | undefined)[] = [undefined]): (string | undefined)[] {
  if (node.type === 'group') {
    if (node.captures) names.push(node.name)
    namesIn(node.item, names)
  } else if (node.type === 'repeat') namesIn(node.item, names)
  else if (node.type === 'sequence' || node.type === 'choice')
    for (const item of node.items) namesIn(item, names)
  return names
}

function hasTwice(names: readonly (string | undefined)[]): boolean {
  const named = names.filter(name => name !== undefined)
  return new Set(named).size < named.length
}
