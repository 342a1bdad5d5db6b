// What one template makes of an event: its key, and what is added under it.

import { hash } from 'node:crypto'
import { fieldText, type TemplatePart } from '../../lib/template.ts'
import { parseDecimal } from './decimal.ts'
import { LONGEST_KEY, partOf } from './key.ts'
import type { KeyTemplate, ValueTemplate } from './key-template.ts'
import type { Kind } from './owners.ts'

/** Why an event is not counted by a template. */
export type Unfit = 'withoutField' | 'notNumbers' | 'valuesRefused' | 'keysTooLong' | 'keysOfOthers'

/** What an event adds: 1, a number times 10^18, or who is seen. */
export type Amount = number | bigint | string

export interface Metric {
  kind: Kind
  /** As it was written. */
  template: string
  /** Throws nothing; says why there is no key. */
  keyOf(record: object): { key: string } | { unfit: Unfit }
  amountOf(record: object): { amount: Amount } | { unfit: Unfit }
}

/** A template, taken apart. */
export interface Parsed {
  kind: Kind
  key: KeyTemplate
  value: ValueTemplate | undefined
}

/** @param isOwn whether a key that it makes is not that of another template */
export function createMetric({ kind, key, value }: Parsed, isOwn: (key: string) => boolean): Metric {
  const { written: template, parts } = key
  return {
    kind,
    template,
    keyOf(record) {
      let name = ''
      for (const part of parts) {
        const value = fill(part, record)
        if (value === undefined) return { unfit: 'withoutField' }
        const text = partOf(value)
        if (text === undefined) return { unfit: value === '' ? 'withoutField' : 'valuesRefused' }
        name += name === '' ? text : `/${text}`
      }
      const fits = name.length * 3 <= LONGEST_KEY || Buffer.byteLength(name) <= LONGEST_KEY
      if (!fits) return { unfit: 'keysTooLong' }
      if (isOwn(name)) return { key: name }
      return { unfit: parts.some(part => lacks(part, record)) ? 'withoutField' : 'keysOfOthers' }
    },
    amountOf: record => amountOf(kind, value, record),
  }
}

function amountOf(
  kind: Kind,
  value: ValueTemplate | undefined,
  record: object,
): ReturnType<Metric['amountOf']> {
  if (!value) return { amount: 1 }
  const text = fill(value.parts, record)
  if (text === undefined || text === '') return { unfit: 'withoutField' }
  if (kind === 'distinct') return { amount: memberOf(text) }
  const amount = parseDecimal(text)
  return amount === undefined ? { unfit: 'notNumbers' } : { amount }
}

/** Who was seen, in 12 bytes (16 characters of base64): at a thousand million of them, two are one with a chance of 10^-11. */
function memberOf(text: string): string {
  return hash('sha256', text, 'base64').slice(0, 16)
}

/** Whether a field in it is empty: no template stands for that. */
function lacks(part: readonly TemplatePart[], record: object): boolean {
  return part.some(one => typeof one !== 'string' && fieldText(record, one) === '')
}

/** Undefined where the record lacks a field: half a key is none. */
function fill(parts: readonly TemplatePart[], record: object): string | undefined {
  let text = ''
  for (const part of parts) {
    const filled = typeof part === 'string' ? part : fieldText(record, part)
    if (filled === undefined) return undefined
    text += filled
  }
  return text
}
