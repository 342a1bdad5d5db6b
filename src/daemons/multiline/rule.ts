// What says which lines belong together: states, and the lines that lead from one to the next.

import { createPattern } from '../../lib/pattern/index.ts'

/** Where a group of lines is; a word of the rule's own, or DONE: no further line belongs to it. */
export type State = string
export const DONE = 'done'

export interface Rule {
  /** The state of a group that begins with this line; undefined where no group begins with such a line. */
  begin(line: string): State | undefined
  /** The state of the group with this line in it; undefined where the line does not belong to it. */
  next(state: State, line: string): State | undefined
}

/** A pattern in the syntax of RE2, and the state that such a line leads to. */
export type Step = readonly [pattern: string, state: State]

/** A rule as a table. */
export interface Table {
  /** The lines with which groups begin; the first that matches counts. */
  begin: readonly Step[]
  /** For each state, the lines that go on. */
  [state: State]: readonly Step[]
}

/** Any line. */
export const ANY = ''

export function ruleOf(table: Table): Rule {
  const steps = new Map(
    Object.entries(table).map(([state, list]) => [
      state,
      list.map(([pattern, to]) => ({ test: testOf(pattern), to })),
    ]),
  )
  const next = (state: State, line: string) => steps.get(state)?.find(({ test }) => test(line))?.to
  return { begin: line => next('begin', line), next }
}

function testOf(pattern: string): (line: string) => boolean {
  return pattern === ANY ? () => true : createPattern(pattern).test
}

/**
 * Several rules at once: a line belongs to a group as long as one of them says so. A group is done when one says so and none of the
 * others waits for more; until then that one may begin anew with a line that another takes.
 */
export function anyOf(rules: readonly Rule[]): Rule {
  if (rules.length === 1) return rules[0]!
  // The states of all of them, separated by line feeds, which no state has.
  const together = (states: readonly (State | undefined)[]) => {
    if (states.some(state => state !== undefined && state !== DONE))
      return states.map(state => state ?? '').join('\n')
    return states.includes(DONE) ? DONE : undefined
  }
  return {
    begin: line => together(rules.map(rule => rule.begin(line))),
    next(state, line) {
      const states = state.split('\n')
      const next = rules.map((rule, n) =>
        states[n] === '' || states[n] === DONE ? undefined : rule.next(states[n]!, line),
      )
      if (next.every(one => one === undefined)) return undefined
      return together(next.map((one, n) => (states[n] === DONE ? rules[n]!.begin(line) : one)))
    },
  }
}
