// The automaton of a pattern whose states are its characters (Glushkov's), with the number of ways from one to the next.

import { ALL, type Ranges } from './characters.ts'
import type { Node } from './node.ts'

/** Positions and the number of ways that lead there without reading anything in between. */
type Ways = Map<number, number>

export interface Automaton {
  /** What each position takes. */
  sets: readonly Ranges[]
  first: Ways
  follow: readonly Ways[]
  /** The position, if there is one, from which all of the rest is taken and the pattern ends: `.*` at its end. */
  tail: number | undefined
}

interface Part {
  first: Ways
  last: Ways
  /** In how many ways it is nothing. */
  nothing: number
}

const MOST_POSITIONS = 3_000

/** Too large, or one whose repetitions JavaScript and RE2 see differently. */
class Unfit extends Error {}

export function createAutomaton(node: Node): Automaton | undefined {
  try {
    const builder = new Builder()
    const { first } = builder.add(node)
    return { sets: builder.sets, first, follow: builder.follow, tail: tailOf(node, builder) }
  } catch (error) {
    if (error instanceof Unfit) return undefined
    throw error
  }
}

/** `.*` and `.+` at the end of the pattern, whatever groups are around it: their position is the last one. */
function tailOf(node: Node, { sets }: Builder): number | undefined {
  let end: Node | undefined = node
  while (end && (end.type === 'group' || end.type === 'sequence')) {
    if (end.type === 'group') end = end.item
    else end = end.items.at(end.items.at(-1)?.type === 'assertion' ? endOf(end.items) : -1)
  }
  const isTail =
    end?.type === 'repeat' && end.max === Number.POSITIVE_INFINITY && end.min <= 1 && isAll(end.item)
  return isTail ? sets.length - 1 : undefined
}

/** The index of what stands in front of `$`; of an assertion that may fail, itself. */
function endOf(items: readonly Node[]): number {
  const last = items.at(-1)
  return last?.type === 'assertion' && last.what === 'end' ? -2 : -1
}

function isAll(node: Node): boolean {
  return node.type === 'set' && node.ranges === ALL
}

class Builder {
  readonly sets: Ranges[] = []
  readonly follow: Ways[] = []

  add(node: Node): Part {
    switch (node.type) {
      case 'set':
        return this.#position(node.ranges)
      case 'assertion':
        return { first: new Map(), last: new Map(), nothing: 1 }
      case 'group':
        return this.add(node.item)
      case 'choice':
        return node.items.map(item => this.add(item)).reduce(either)
      case 'sequence':
        return node.items.reduce<Part>((part, item) => this.#then(part, this.add(item)), EMPTY)
      case 'repeat':
        return this.#repeat(node)
    }
  }

  #position(ranges: Ranges): Part {
    if (this.sets.length === MOST_POSITIONS) throw new Unfit()
    const at = new Map([[this.sets.length, 1]])
    this.sets.push(ranges)
    this.follow.push(new Map())
    return { first: at, last: at, nothing: 0 }
  }

  #then(a: Part, b: Part): Part {
    this.#join(a.last, b.first)
    return {
      first: sum(a.first, b.first, a.nothing),
      last: sum(b.last, a.last, b.nothing),
      nothing: a.nothing * b.nothing,
    }
  }

  #join(last: Ways, first: Ways): void {
    for (const [from, ways] of last) this.follow[from] = sum(this.follow[from]!, first, ways)
  }

  #repeat({ item, min, max }: { item: Node; min: number; max: number }): Part {
    // What a group holds that was passed several times, and a repetition of nothing: JavaScript and RE2 differ there.
    if (max > 1 && hasCapture(item)) throw new Unfit()
    const copies = Math.max(min, Number.isFinite(max) ? max : 1)
    let part = EMPTY
    let optional = EMPTY
    // From the end, since the optional ones nest: (a(a(a)?)?)?
    for (let n = copies; n > 0; n--) {
      const one = this.add(item)
      if (one.nothing > 0) throw new Unfit()
      if (n === copies && max === Number.POSITIVE_INFINITY) this.#join(one.last, one.first)
      if (n > min) optional = either(this.#then(one, optional), EMPTY)
      else part = this.#then(one, n === min ? optional : part)
    }
    return min === 0 ? optional : part
  }
}

const EMPTY: Part = { first: new Map(), last: new Map(), nothing: 1 }

function either(a: Part, b: Part): Part {
  return { first: sum(a.first, b.first), last: sum(a.last, b.last), nothing: a.nothing + b.nothing }
}

function sum(a: Ways, b: Ways, times = 1): Ways {
  if (times === 0 || b.size === 0) return a
  const both = new Map(a)
  for (const [position, ways] of b) both.set(position, (both.get(position) ?? 0) + ways * times)
  return both
}

function hasCapture(node: Node): boolean {
  switch (node.type) {
    case 'group':
      return node.captures || hasCapture(node.item)
    case 'repeat':
      return hasCapture(node.item)
    case 'choice':
    case 'sequence':
      return node.items.some(hasCapture)
    default:
      return false
  }
}
