// Writes a pattern as JavaScript's RegExp has it: sets by their characters, since \s, \w and . mean more there.

import type { Ranges } from './characters.ts'
import type { Node } from './node.ts'

const ASSERTIONS = { start: '^', end: '$', boundary: '\\b', inside: '\\B' }

/** For the flag `u`; no other is wanted. */
export function sourceOf(node: Node): string {
  switch (node.type) {
    case 'set':
      return setOf(node.ranges)
    case 'sequence':
      return node.items
        .map(item => (item.type === 'choice' ? `(?:${sourceOf(item)})` : sourceOf(item)))
        .join('')
    case 'choice':
      return node.items.map(sourceOf).join('|')
    case 'group':
      return `(${node.captures ? '' : '?:'}${sourceOf(node.item)})`
    case 'assertion':
      return ASSERTIONS[node.what]
    case 'repeat':
      return `(?:${sourceOf(node.item)})${boundsOf(node)}${node.lazy ? '?' : ''}`
  }
}

function boundsOf({ min, max }: { min: number; max: number }): string {
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`
  return min === 0 && max === 1 ? '?' : `{${min},${max}}`
}

function setOf(ranges: Ranges): string {
  const [first, last] = ranges
  if (ranges.length === 2 && first === last) return character(first!)
  let set = ''
  for (let n = 0; n < ranges.length; n += 2) {
    set += character(ranges[n]!)
    if (ranges[n] !== ranges[n + 1]) set += `-${character(ranges[n + 1]!)}`
  }
  return `[${set}]`
}

function character(code: number): string {
  const c = String.fromCodePoint(code)
  return /[A-Za-z0-9]/.test(c) ? c : `\\u{${code.toString(16)}}`
}
