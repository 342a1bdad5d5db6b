// The rule that a user writes with --start, --continue, --unfinished and --end.

import { createPattern } from '../../lib/pattern/index.ts'
import { DONE, type Rule, type State } from './rule.ts'

export interface OwnPatterns {
  /** A line that begins a record. */
  start: string | undefined
  /** A line that belongs to the one before it. */
  continue: string | undefined
  /** A line after which one more belongs to it. */
  unfinished: string | undefined
  /** A line that ends a record. */
  end: string | undefined
}

const OPEN = 'open'
/** Whatever comes next belongs to it. */
const MORE = 'more'

/** Undefined when none is given. */
export function readOwnRule(patterns: OwnPatterns): Rule | undefined {
  const start = testOf(patterns.start)
  const goesOn = testOf(patterns.continue)
  const unfinished = testOf(patterns.unfinished)
  const end = testOf(patterns.end)
  if (!start && !goesOn && !unfinished && !end) return undefined
  // Where nothing says that a line goes on, all do up to the next start, or the end.
  const allGoOn = goesOn === undefined && (start !== undefined || end !== undefined)
  const stateAfter = (line: string): State => {
    if (unfinished?.(line)) return MORE
    if (end?.(line)) return DONE
    return goesOn || allGoOn ? OPEN : DONE
  }
  return {
    // With lines that go on and lines that start, there are also those that do neither.
    begin: line => (start && goesOn && !start(line) ? undefined : stateAfter(line)),
    next(state, line) {
      if (state === MORE) return stateAfter(line)
      if (start?.(line)) return undefined
      return allGoOn || goesOn?.(line) ? stateAfter(line) : undefined
    },
  }
}

function testOf(pattern: string | undefined): ((line: string) => boolean) | undefined {
  return pattern === undefined ? undefined : createPattern(pattern).test
}
