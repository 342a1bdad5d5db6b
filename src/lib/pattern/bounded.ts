// Proves of a pattern that a backtracking matcher takes linear time for it, whatever the text.
//
// Such a matcher walks the paths through the pattern, one after the other. What it takes for a text is at most all paths that read
// some beginning of it, each step of them once. So when no beginning of any text is read by more than MOST_PATHS paths, no text of
// n characters takes more than MOST_PATHS * (n + 1) steps (times what one step looks at, which depends on the pattern alone).
//
// Whether that is so is found out by reading all texts at once: a subset construction, as for a deterministic automaton, that
// counts the paths which lead to each place. It ends when there is no new count, or gives up. Assertions are taken as
// fulfilled and both ways of a repetition as open, which can only add paths.

import { type Automaton, createAutomaton } from './automaton.ts'
import { includes, type Ranges } from './characters.ts'
import type { Node } from './node.ts'

const MOST_PATHS = 64
/** Bounds of the proof itself: some 50 ms. Where a match may begin anywhere, what has not ended soon hardly ever does. */
const MOST_STATES = 4_000
const MOST_STATES_ANYWHERE = 500
const MOST_STEPS = 1_000_000

/**
 * @param anywhere whether a match may begin at any place, or only at the first
 * @returns true when it is proved; false says nothing
 */
export function isBounded(node: Node, anywhere: boolean): boolean {
  const automaton = createAutomaton(node)
  return automaton !== undefined && new Proof(automaton, anywhere).holds()
}

/** How many paths lead to each position; the others have none. */
type Paths = Map<number, number>

class Proof {
  readonly #automaton: Automaton
  readonly #anywhere: boolean
  readonly #classes: readonly (readonly number[])[]
  readonly #seen = new Set<string>()
  readonly #next: Paths[] = []
  #steps = 0

  constructor(automaton: Automaton, anywhere: boolean) {
    this.#automaton = automaton
    this.#anywhere = anywhere
    this.#classes = classesOf(automaton)
  }

  holds(): boolean {
    this.#add(new Map())
    for (let paths = this.#next.pop(); paths; paths = this.#next.pop()) {
      // Only what has read nothing yet is at the beginning, unless a match may begin anywhere.
      const after = this.#read(this.#reach(paths, this.#anywhere || this.#seen.size === 1))
      for (const one of after.values()) if (!this.#add(one)) return false
    }
    return true
  }

  /** The paths to whatever may be read next. */
  #reach(paths: Paths, begins: boolean): Paths {
    const { first, follow, tail } = this.#automaton
    const reach: Paths = new Map(begins ? first : [])
    for (const [from, count] of paths) {
      for (const [to, ways] of follow[from]!) reach.set(to, (reach.get(to) ?? 0) + count * ways)
      this.#steps += follow[from]!.size
    }
    // Who has come to the tail has matched: nothing is tried any more.
    if (tail !== undefined) reach.delete(tail)
    return reach
  }

  /** The paths after one more character, by its class. */
  #read(reach: Paths): Map<number, Paths> {
    const after = new Map<number, Paths>()
    for (const [position, count] of reach) {
      for (const one of this.#classes[position]!) {
        const paths = after.get(one)
        if (paths) paths.set(position, count)
        else after.set(one, new Map([[position, count]]))
      }
      this.#steps += this.#classes[position]!.length
    }
    return after
  }

  /** False when it is too much. */
  #add(paths: Paths): boolean {
    const entries = [...paths].sort(([a], [b]) => a - b)
    const sum = entries.reduce((sum, [, count]) => sum + count, 0)
    if (sum > MOST_PATHS || this.#steps > MOST_STEPS) return false
    const key = entries.join(' ')
    if (this.#seen.has(key)) return true
    this.#seen.add(key)
    this.#next.push(paths)
    return this.#seen.size <= (this.#anywhere ? MOST_STATES_ANYWHERE : MOST_STATES)
  }
}

/** Characters that the same positions take are one class. Returns the classes that each position takes. */
function classesOf({ sets }: Automaton): (readonly number[])[] {
  // Most positions have the set of another one.
  const different = new Map<string, Ranges>(sets.map(ranges => [ranges.join(), ranges]))
  const borders = new Set<number>([0])
  for (const ranges of different.values()) {
    for (let n = 0; n < ranges.length; n += 2) borders.add(ranges[n]!).add(ranges[n + 1]! + 1)
  }
  const members = new Map<string, string[]>()
  for (const border of borders) {
    const takers = [...different].filter(([, ranges]) => includes(ranges, border)).map(([key]) => key)
    members.set(takers.join(' '), takers)
  }
  const classes = new Map<string, number[]>([...different.keys()].map(key => [key, []]))
  for (const [n, takers] of [...members.values()].entries()) {
    for (const key of takers) classes.get(key)!.push(n)
  }
  return sets.map(ranges => classes.get(ranges.join())!)
}
