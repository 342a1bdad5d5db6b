// Templates of keys, as they are written.

import { parseTemplate, type TemplatePart } from '../../lib/template.ts'
import { partOf } from './key.ts'

/** A template of a key: its parts, which `/` separates. */
export interface KeyTemplate {
  written: string
  parts: TemplatePart[][]
  /** What it can make: `*` stands for any value. */
  shape: string
  pattern: RegExp
}

const EXAMPLE = "write for example '{account}/{type}'"

/** Takes the template of a key apart. Throws RangeError. */
export function parseKey(written: string): KeyTemplate {
  const parts: TemplatePart[][] = [[]]
  for (const part of parseTemplate(written.trim())) {
    if (typeof part !== 'string') parts.at(-1)!.push(part)
    else
      for (const [n, text] of part.split('/').entries()) {
        if (n > 0) parts.push([])
        if (text !== '') parts.at(-1)!.push(text)
      }
  }
  const isWord = (part: TemplatePart[]) => part.every(one => typeof one === 'string')
  if (parts.some(part => part.length === 0))
    throw new RangeError(`"${written}" has an empty part; ${EXAMPLE}`)
  if (parts.some(part => isWord(part) && partOf(part.join('')) !== part.join('')))
    throw new RangeError(`"${written}": its words are of letters, digits and signs but %; ${EXAMPLE}`)
  const shape = parts.map(part => part.map(one => (typeof one === 'string' ? one : '*')).join('')).join('/')
  const source = parts.map(part =>
    part.map(one => (typeof one === 'string' ? literally(one) : '[^/]+')).join(''),
  )
  return { written, parts, shape, pattern: new RegExp(`^${source.join('/')}$`) }
}

/** `KEY = VALUE`. Throws RangeError. */
export function parseValued(written: string): { key: KeyTemplate; value: TemplatePart[] } {
  const [, key, value] = /^(.*\S)\s*=\s*(\S.*)$/s.exec(written.trim()) ?? []
  if (key === undefined || value === undefined)
    throw new RangeError(
      `"${written}" lacks its value; write for example '{account}/revenue = {data.amount}'`,
    )
  return { key: parseKey(key), value: parseTemplate(value.trim()) }
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
