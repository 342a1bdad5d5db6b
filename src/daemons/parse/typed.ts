// Fields that have a name and a type: `status:int`.

import { type Fields, parseJson } from '../../lib/index.ts'
import { type Output, type ParseError, write } from './outcome.ts'
import type { ReadTime } from './time.ts'

const TYPES = ['text', 'int', 'float', 'bool', 'time'] as const
export type Type = (typeof TYPES)[number]

export interface Field {
  name: string
  type: Type
}

/** Writes a value that was found as text. */
export type Put = (output: Output, field: Field, text: string) => ParseError | undefined

/** `a:int,b,,c:time`: a name that is empty stands for a value that nobody wants. */
export function readFields(written: string): (Field | undefined)[] {
  return written.split(',').map(one => (one.trim() === '' ? undefined : readField(one.trim())))
}

/** `name` or `name:type`. */
export function readField(written: string): Field {
  const colon = written.lastIndexOf(':')
  const [name, type] = colon < 0 ? [written, 'text'] : [written.slice(0, colon), written.slice(colon + 1)]
  if (name === '') throw new RangeError(`"${written}" has no name in front of the colon`)
  return { name, type: readType(type) }
}

/** `a=int,b=time` */
export function readTypes(written: string): Map<string, Type> {
  const types = new Map<string, Type>()
  for (const one of written.split(',')) {
    const [, name, type] = /^\s*(.+?)[=:](\w+)\s*$/.exec(one) ?? []
    if (name === undefined) throw new RangeError(`"${one}" is not NAME=TYPE; write for example status=int`)
    types.set(name, readType(type!))
  }
  return types
}

export function readType(type: string): Type {
  if (TYPES.includes(type as Type)) return type as Type
  throw new RangeError(`"${type}" is not a type; it is one of ${TYPES.join(', ')}`)
}

/** @param types of fields by their name, where the field itself says nothing */
export function createPut(types: ReadonlyMap<string, Type>, readTime: ReadTime, trim: boolean): Put {
  return (output, { name, type }, given) => {
    const text = trim ? given.trim() : given
    const wanted = type === 'text' && types.size > 0 ? (types.get(name) ?? type) : type
    if (wanted === 'text') {
      write(output, name, text)
      return undefined
    }
    // What servers write where there is no value.
    if (text === '' || text === '-') return undefined
    const value = wanted === 'time' ? readTime(text, output.received) : CONVERT[wanted](text)
    if (value === undefined) return wanted === 'time' ? 'bad-time' : 'bad-value'
    write(output, name, value)
    return undefined
  }
}

const CONVERT = { int: toInteger, float: toNumber, bool: toBoolean }

const DIGITS = 15

/** A number that a double cannot hold stays exactly what it is. */
function toInteger(text: string): unknown {
  if (!/^[+-]?\d+$/.test(text)) return undefined
  if (text.length <= DIGITS) return Number(text)
  return parseJson(text.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1'))
}

// As JSON writes numbers (RFC 8259 section 6).
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const OTHER_NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

function toNumber(text: string): unknown {
  if (JSON_NUMBER.test(text)) return parseJson(text)
  const number = OTHER_NUMBER.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}

const BOOLEANS: Fields = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
}

function toBoolean(text: string): unknown {
  const word = text.toLowerCase()
  return Object.hasOwn(BOOLEANS, word) ? BOOLEANS[word] : undefined
}

/** Converts fields that came with values of their own (JSON). */
export function retype(output: Output, types: ReadonlyMap<string, Type>, put: Put): ParseError | undefined {
  let error: ParseError | undefined
  for (const [name, type] of types) {
    const value = Object.hasOwn(output.target, name) ? output.target[name] : undefined
    if (typeof value !== 'string' && typeof value !== 'number') continue
    const failed = put({ ...output, keep: false }, { name, type }, String(value))
    if (failed) delete output.target[name]
    error ??= failed
  }
  return error
}
