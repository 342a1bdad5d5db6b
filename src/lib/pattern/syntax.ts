// Reads the syntax of RE2 as far as it can be proved of it that JavaScript's RegExp takes linear time; RE2 itself has the rest.

import {
  ALL,
  ALL_BUT_LINE_FEED,
  ESCAPES,
  folded,
  LAST,
  negated,
  PERL,
  POSIX,
  type Ranges,
  union,
} from './characters.ts'
import type { Node } from './node.ts'

/** What this reader does not know, or what is wrong: RE2 says which. */
class Unknown extends Error {}

/** RE2 takes no more (regexp/syntax, maxRepeat). */
const MOST_REPEATS = 1000

/** Undefined for a pattern that only RE2 understands, or nobody. */
export function parsePattern(pattern: string): Node | undefined {
  try {
    return new Parser(pattern).parse()
  } catch (error) {
    if (error instanceof Unknown) return undefined
    throw error
  }
}

class Parser {
  readonly #pattern: string
  #at = 0
  #fold = false
  /** `.` takes line feeds as well: a message may have several lines. */
  #dotAll = true

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  parse(): Node {
    const node = this.#choice()
    if (this.#at < this.#pattern.length) throw new Unknown()
    return node
  }

  #eat(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at
    const match = expression.exec(this.#pattern) ?? undefined
    if (match) this.#at = expression.lastIndex
    return match
  }

  #choice(): Node {
    const items = [this.#sequence()]
    while (this.#eat('|')) items.push(this.#sequence())
    return items.length === 1 ? items[0]! : { type: 'choice', items }
  }

  #sequence(): Node {
    const items: Node[] = []
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#pattern[this.#at]!)) {
      const atom = this.#atom()
      if (atom) items.push(this.#repeated(atom))
    }
    return items.length === 1 ? items[0]! : { type: 'sequence', items }
  }

  #repeated(item: Node): Node {
    const bounds = this.#bounds()
    if (!bounds) return item
    const [min, max] = bounds
    if (item.type === 'assertion' || min > max || min > MOST_REPEATS) throw new Unknown()
    if (Number.isFinite(max) && max > MOST_REPEATS) throw new Unknown()
    const lazy = this.#eat('?')
    if (this.#bounds()) throw new Unknown()
    return { type: 'repeat', item, min, max, lazy }
  }

  #bounds(): [min: number, max: number] | undefined {
    if (this.#eat('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#eat('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#eat('?')) return [0, 1]
    const [, min, comma, max] = this.#match(/\{(\d+)(,?)(\d*)\}/y) ?? []
    if (min === undefined) return undefined
    if (comma === '') return max === '' ? [Number(min), Number(min)] : [Number(min + max), Number(min + max)]
    return [Number(min), max === '' ? Number.POSITIVE_INFINITY : Number(max)]
  }

  /** Undefined for what stands for nothing: flags. */
  #atom(): Node | undefined {
    if (this.#bounds()) throw new Unknown()
    const c = this.#next()
    if (c === '(') return this.#group()
    if (c === '[') return { type: 'set', ranges: this.#class() }
    if (c === '.') return { type: 'set', ranges: this.#dotAll ? ALL : ALL_BUT_LINE_FEED }
    if (c === '^') return { type: 'assertion', what: 'start' }
    if (c === '$') return { type: 'assertion', what: 'end' }
    return c === '\\' ? this.#escape() : this.#set(c)
  }

  /** One code point. */
  #next(): string {
    const code = this.#pattern.codePointAt(this.#at)
    if (code === undefined) throw new Unknown()
    const c = String.fromCodePoint(code)
    this.#at += c.length
    return c
  }

  #set(c: string): Node {
    return { type: 'set', ranges: this.#folded([c.codePointAt(0)!, c.codePointAt(0)!]) }
  }

  #folded(ranges: Ranges): Ranges {
    const set = this.#fold ? folded(ranges) : ranges
    if (!set) throw new Unknown()
    return set
  }

  #group(): Node | undefined {
    const [, name] = this.#match(/\?P?<([A-Za-z_]\w*)>/y) ?? []
    if (name !== undefined) return this.#rest(true, name)
    if (!this.#eat('?')) return this.#rest(true)
    const [, on, off, end] = this.#match(/([is]*)(?:-([is]+))?([:)])/y) ?? []
    if (end === undefined || (end === ')' && on === '' && off === undefined)) throw new Unknown()
    const before = [this.#fold, this.#dotAll] as const
    this.#fold = (this.#fold || on!.includes('i')) && !off?.includes('i')
    this.#dotAll = (this.#dotAll || on!.includes('s')) && !off?.includes('s')
    if (end === ')') return undefined
    const group = this.#rest(false)
    ;[this.#fold, this.#dotAll] = before
    return group
  }

  /** Flags that are set within a group end with it. */
  #rest(captures: boolean, name?: string): Node {
    const before = [this.#fold, this.#dotAll] as const
    const item = this.#choice()
    if (!this.#eat(')')) throw new Unknown()
    ;[this.#fold, this.#dotAll] = before
    return { type: 'group', item, captures, name }
  }

  #escape(): Node {
    if (this.#eat('A')) return { type: 'assertion', what: 'start' }
    if (this.#eat('z')) return { type: 'assertion', what: 'end' }
    if (this.#eat('b')) return { type: 'assertion', what: 'boundary' }
    if (this.#eat('B')) return { type: 'assertion', what: 'inside' }
    return { type: 'set', ranges: this.#escaped() }
  }

  /** What stands behind a backslash, in a class as well. */
  #escaped(): Ranges {
    const letter = this.#pattern[this.#at] ?? ''
    const set = PERL[letter.toLowerCase()]
    if (!set) {
      const code = this.#character()
      return this.#folded([code, code])
    }
    this.#at++
    return this.#named(set, letter !== letter.toLowerCase())
  }

  /** One character behind a backslash. */
  #character(): number {
    const [, two, braced] = this.#match(/x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/y) ?? []
    const hexadecimal = two ?? braced
    if (hexadecimal !== undefined) {
      const code = Number.parseInt(hexadecimal, 16)
      if (code > LAST) throw new Unknown()
      return code
    }
    const c = this.#next()
    if (ESCAPES[c] !== undefined) return ESCAPES[c]
    // Any other letter or digit, and all beyond ASCII, means something else, or nothing.
    if (!/^[!-/:-@[-`{-~]$/.test(c) && c !== '_') throw new Unknown()
    return c.charCodeAt(0)
  }

  #named(set: Ranges, negate: boolean): Ranges {
    return negate ? negated(this.#folded(set)) : this.#folded(set)
  }

  #class(): Ranges {
    const negate = this.#eat('^')
    const ranges: number[] = []
    for (let first = true; first || !this.#eat(']'); first = false) ranges.push(...this.#member())
    const set = union(ranges)
    if (set.length === 0) throw new Unknown()
    return negate ? negated(set) : set
  }

  #member(): Ranges {
    const [, not, name] = this.#match(/\[:(\^?)(\w+):\]/y) ?? []
    if (name !== undefined) {
      const set = POSIX[name]
      if (!set) throw new Unknown()
      return this.#named(set, not === '^')
    }
    const perl = this.#match(/\\[dDsSwW]/y)
    if (perl) {
      this.#at--
      return this.#escaped()
    }
    const from = this.#classCharacter()
    if (this.#pattern[this.#at] !== '-' || this.#pattern[this.#at + 1] === ']')
      return this.#folded([from, from])
    this.#at++
    const to = this.#classCharacter()
    if (to < from) throw new Unknown()
    return this.#folded([from, to])
  }

  #classCharacter(): number {
    const c = this.#next()
    return c === '\\' ? this.#character() : c.codePointAt(0)!
  }
}
