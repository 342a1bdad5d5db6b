// Templates of keys, as they are written.

import { parseTemplate, type TemplatePart } from '../../lib/template.ts'
import { parseDecimal } from './decimal.ts'
import { partOf } from './key.ts'

/** A template of a key: its parts, which `/` separates. */
export interface KeyTemplate {
  written: string
  parts: TemplatePart[][]
  /** What it can make: `*` stands for any value. */
  shape: string
  /** Whether it could make the key of these parts. */
  canMake(parts: readonly string[]): boolean
}

/** What is added up, or seen. */
export interface ValueTemplate {
  written: string
  parts: TemplatePart[]
}

const EXAMPLE = "write for example '{account}/{type}'"

/** Nobody means them as words. */
const FIELDS = ['account', 'type', 'app']

/** Takes the template of a key apart, as it is given. Throws RangeError. */
export function parseKey(written: string): KeyTemplate {
  const key = readKey(written)
  if (key.parts.every(isWord) && key.parts.some(([word]) => FIELDS.includes(String(word))))
    throw new RangeError(`"${written}" is one key for all events; a field stands in braces: ${EXAMPLE}`)
  return key
}

/** As a store remembers it: something may have been counted by it all the same. */
export function readKey(written: string): KeyTemplate {
  const parts: TemplatePart[][] = [[]]
  for (const part of parseTemplate(written.trim())) {
    if (typeof part !== 'string') parts.at(-1)!.push(part)
    else
      for (const [n, text] of part.split('/').entries()) {
        if (n > 0) parts.push([])
        if (text !== '') addText(parts.at(-1)!, text)
      }
  }
  if (parts.some(part => part.length === 0))
    throw new RangeError(`"${written}" has an empty part; ${EXAMPLE}`)
  if (parts.some(part => isWord(part) && partOf(part.join('')) !== part.join('')))
    throw new RangeError(`"${written}": its words are of letters, digits and signs but %; ${EXAMPLE}`)
  const shape = parts.map(part => part.map(one => (typeof one === 'string' ? one : '*')).join('')).join('/')
  const canMake = (key: readonly string[]) =>
    key.length === parts.length && parts.every((part, n) => fits(key[n]!, part))
  return { written, parts, shape, canMake }
}

function isWord(part: readonly TemplatePart[]): boolean {
  return part.every(one => typeof one === 'string')
}

/** Texts beside each other (of a brace, `{{`) are one. */
function addText(part: TemplatePart[], text: string): void {
  const last = part.at(-1)
  if (typeof last === 'string') part[part.length - 1] = last + text
  else part.push(text)
}

/** `KEY = VALUE`. Throws RangeError. */
export function parseValued(written: string): { key: KeyTemplate; value: ValueTemplate } {
  const [, key, value] = /^([^=]*[^=\s])\s*=\s*(\S.*)$/s.exec(written.trim()) ?? []
  if (key === undefined || value === undefined)
    throw new RangeError(
      `"${written}" lacks its value; write for example '{account}/revenue = {data.amount}'`,
    )
  const parts = parseTemplate(value.trim())
  if (parts.every(part => typeof part === 'string') && parseDecimal(parts.join('')) === undefined)
    throw new RangeError(`"${written}": "${value}" is in no event; a field stands in braces: {${value}}`)
  return { key: parseKey(key), value: { written: value.trim(), parts } }
}

/**
 * Whether a part of a key could have been made by a part of a template. A field stands for at least one character, and words are looked
 * for from the left: a regular expression would try every place for each of them.
 */
function fits(text: string, template: readonly TemplatePart[]): boolean {
  const last = template.at(-1)
  const end = text.length - (typeof last === 'string' && template.length > 1 ? last.length : 0)
  let at = 0
  /** Characters that the fields since the last word stand for at least. */
  let fields = 0
  for (const [n, one] of template.entries()) {
    if (typeof one !== 'string') fields++
    else if (n === 0) {
      if (!text.startsWith(one)) return false
      at = one.length
    } else if (n < template.length - 1) {
      const found = text.indexOf(one, at + fields)
      if (found < 0) return false
      at = found + one.length
      fields = 0
    } else if (!text.endsWith(one)) return false
  }
  return fields > 0 ? at + fields <= end : at === end
}
