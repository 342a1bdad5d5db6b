// Fields that have a name and a type: `status:int`.

import { type Fields, parseJson } from '../../lib/index.ts'
import { define } from '../../lib/properties.ts'
import { type Output, type ParseError, write, writeAt } from './outcome.ts'
import type { ReadTime } from './time.ts'

const TYPES = ['text', 'int', 'float', 'bool', 'time'] as const
export type Type = (typeof TYPES)[number]

export interface Field {
  name: string
  type: Type
  /** Where it is nested, the keys that lead to it. */
  path?: readonly string[]
}

/** Writes a value that was found as text, or several of one name. */
export type Put = (output: Output, field: Field, text: string | readonly string[]) => ParseError | undefined

/** Gives fields that came with values of their own (JSON) their types. */
export type Retype = (fields: Fields, received: number) => ParseError | undefined

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

/** What servers write where there is no value. */
const NOTHING = Symbol('no value')

/** The value of a text; undefined where it is not of the type. */
type Convert = (type: Type, text: string, received: number) => unknown

function createConvert(readTime: ReadTime, trim: boolean): Convert {
  return (type, given, received) => {
    const text = trim ? given.trim() : given
    if (type === 'text') return text
    if (text === '' || text === '-') return NOTHING
    return type === 'time' ? readTime(text, received) : CONVERT[type](text)
  }
}

const errorOf = (type: Type): ParseError => (type === 'time' ? 'bad-time' : 'bad-value')

/** @param types of fields by their name, where the field itself says nothing */
export function createPut(types: ReadonlyMap<string, Type>, readTime: ReadTime, trim: boolean): Put {
  const convert = createConvert(readTime, trim)
  return (output, field, text) => {
    const { name, type } = field
    const wanted = type === 'text' && types.size > 0 ? (types.get(name) ?? type) : type
    let value: unknown
    let error: ParseError | undefined
    if (typeof text === 'string') {
      value = convert(wanted, text, output.received)
      if (value === undefined) error = errorOf(wanted)
    } else {
      const values = text.map(one => convert(wanted, one, output.received))
      if (values.includes(undefined)) error = errorOf(wanted)
      const there = values.filter(one => one !== undefined && one !== NOTHING)
      if (there.length > 0) value = there
    }
    if (value === undefined || value === NOTHING) return error
    if (field.path) writeAt(output, field.path, value)
    else write(output, name, value)
    return error
  }
}

export function createRetype(types: ReadonlyMap<string, Type>, readTime: ReadTime, trim: boolean): Retype {
  const convert = createConvert(readTime, trim)
  return (fields, received) => {
    let error: ParseError | undefined
    for (const [name, type] of types) {
      const given = Object.hasOwn(fields, name) ? fields[name] : undefined
      if (typeof given !== 'string' && typeof given !== 'number') continue
      const value = convert(type, String(given), received)
      if (value === undefined) error ??= errorOf(type)
      if (value === undefined || value === NOTHING) delete fields[name]
      else define(fields, name, value)
    }
    return error
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
