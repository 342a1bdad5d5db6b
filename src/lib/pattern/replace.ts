import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import { isBounded } from './bounded.ts'
import { createPattern } from './index.ts'
import { sourceOf } from './native.ts'
import { parsePattern } from './syntax.ts'

/** Returns the text with all that matched replaced; the very same text where nothing did. */
export type Replace = (text: string, budget?: Budget) => string

/** What is left of the time that several texts may take together. */
export interface Budget {
  milliseconds: number
}

/** For the texts of one record. Each match is found in linear time, but there may be as many as there are characters. */
export function createBudget(): Budget {
  return { milliseconds: 1_000 }
}

/**
 * Replaces every match by `mark`, as it is written; a match of nothing is none. Throws RangeError for what is no pattern; what it
 * returns throws an Error when the budget is used up.
 */
export function createReplace(pattern: string, mark: string): Replace {
  // Says what is wrong with it.
  createPattern(pattern)
  const rest = replaceByRe2(pattern, mark)
  const expression = nativeOf(pattern)
  if (!expression) return rest
  return (text, budget) => {
    try {
      // Proved for matches that begin anywhere, so for all of them together.
      return text.replace(expression, found => found && mark)
    } catch {
      // The stack of a match over a megabyte or so.
      return rest(text, budget)
    }
  }
}

function nativeOf(pattern: string): RegExp | undefined {
  const node = parsePattern(pattern)
  if (!node || !isBounded(node, true)) return undefined
  try {
    return new RegExp(sourceOf(node), 'gu')
  } catch {
    // Too large for V8.
    return undefined
  }
}

/** Loaded when it is needed: 19 ms and 5 MB. */
function replaceByRe2(pattern: string, mark: string): Replace {
  let re2: RE2JS | undefined
  const compiled = () => {
    const { RE2JS: engine } = createRequire(import.meta.url)('re2js') as typeof import('re2js')
    return engine.compile(pattern, engine.DOTALL)
  }
  return (text, budget = createBudget()) => {
    re2 ??= compiled()
    const matcher = re2.matcher(text)
    const until = performance.now() + budget.milliseconds
    let replaced = ''
    let end = 0
    while (matcher.find()) {
      if (matcher.end() > matcher.start()) {
        replaced += text.slice(end, matcher.start()) + mark
        end = matcher.end()
      }
      if (performance.now() > until)
        throw new Error(`"${pattern}": it takes too long to find all of its matches`)
    }
    budget.milliseconds = until - performance.now()
    return end === 0 ? text : replaced + text.slice(end)
  }
}
