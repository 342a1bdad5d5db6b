// What is written when a text was taken apart, and what is said when it was not.

import type { Fields } from '../../lib/index.ts'
import { define } from '../../lib/properties.ts'
import { isObject } from '../../lib/record.ts'

/** Why a record was not taken apart, or not all of it; one word each. */
export const PARSE_ERRORS = {
  'no-text': 'the field to be parsed is absent, or is no text',
  'no-prefix': 'the text does not begin with --prefix',
  'no-match': 'the text has not the form, or no pattern matches it',
  'not-json': 'the text is not a JSON object',
  'too-few-fields': 'there are fewer values than --fields has names',
  'too-many-fields': 'there are more values than --fields has names (csv), or more than 1000 (kv)',
  'bad-quotes': 'a quote is not closed, or text follows the closing one',
  'bad-value': 'a value is not of its type, and was left out',
  'bad-time': 'a time is not written as --time-format says, or there is no such time',
} as const

export type ParseError = keyof typeof PARSE_ERRORS

/** These go with a record that was taken apart all the same. */
export function isPartial(error: ParseError): boolean {
  return error === 'bad-value' || error === 'bad-time'
}

/**
 * Takes a text apart and writes what is in it. Undefined when all went well; nothing is written where it is an
 * error that is not partial.
 */
export type Format = (text: string, output: Output) => ParseError | undefined

/** The fields of one record. */
export interface Output {
  /** Where they are written: the record, or the object that is to stand in one field of it. */
  readonly target: Fields
  /** When the record was received, epoch milliseconds. */
  readonly received: number
  /** Whether what the target has already is kept. */
  readonly keep: boolean
  /** Whether a stranger's `@meta` was among them. */
  renamedMeta: boolean
  /** Whether there is more in the text than what was taken apart. */
  leftOver: boolean
}

/** Writes a field. A stranger's `@meta` becomes `_meta`, as it does everywhere; `__proto__` is a name like any other. */
export function write(output: Output, name: string, value: unknown): void {
  const { target, keep } = output
  if (name === '@meta') {
    output.renamedMeta = true
    target[freeName(target, '_meta')] = value
  } else if (keep && Object.hasOwn(target, name)) return
  else define(target, name, value)
}

/** Writes a field that is nested in others, which are made where they are not there. */
export function writeAt(output: Output, path: readonly string[], value: unknown): void {
  let { target } = output
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(target, key) ? target[key] : undefined
    if (isObject(next)) target = next
    else {
      if (next !== undefined && output.keep) return
      const made: Fields = {}
      define(target, key, made)
      target = made
    }
  }
  const last = path.at(-1)!
  if (!output.keep || !Object.hasOwn(target, last)) define(target, last, value)
}

/** The name, or the next one that nobody has. */
export function freeName(target: Fields, name: string): string {
  let free = name
  while (Object.hasOwn(target, free)) free = `_${free}`
  return free
}
