// What is written when a text was taken apart, and what is said when it was not.

import type { Fields } from '../../lib/index.ts'

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
}

/** Writes a field. A stranger's `@meta` becomes `_meta`, as it does everywhere; `__proto__` is a name like any other. */
export function write(output: Output, name: string, value: unknown): void {
  const { target, keep } = output
  if (name === '@meta') writeStrangersMeta(output, value)
  else if (keep && Object.hasOwn(target, name)) return
  else if (name === '__proto__') define(target, name, value)
  else target[name] = value
}

function writeStrangersMeta(output: Output, value: unknown): void {
  const { target } = output
  output.renamedMeta = true
  let name = '_meta'
  while (Object.hasOwn(target, name)) name = `_${name}`
  target[name] = value
}

function define(target: Fields, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true })
}
