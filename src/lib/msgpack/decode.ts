import { Decoder } from '@msgpack/msgpack'
import { messageOf } from '../errors.ts'
import { rawJson } from '../json.ts'
import { type Fields, isObject } from '../record.ts'
import type { Value } from './each-value.ts'
import { MsgpackFault } from './fault.ts'
import { isoOf } from './timestamp.ts'

const decoder = new Decoder({
  useBigInt64: true,
  extensionCodec: { tryToEncode: () => null, decode: data => isoOf(bufferOf(data)) },
  mapKeyConverter: keyOf,
})

/**
 * The map that stands there, and was scanned, as fields of a record: numbers as they are (those that no double holds as `JSON.rawJSON`
 * objects; NaN and the infinities, which JSON has not, as texts), binary values as base64, timestamps as ISO 8601. What it takes in
 * memory is bounded by its length. Throws MsgpackFault.
 */
export function decodeOne(bytes: Buffer, start: number, end: number): Fields {
  let value: unknown
  try {
    value = jsonValue(decoder.decode(bytes.subarray(start, end)))
  } catch (error) {
    throw new MsgpackFault(start, messageOf(error))
  }
  if (isObject(value)) return value
  throw new MsgpackFault(start, `not a map, but ${Array.isArray(value) ? 'a list' : 'a single value'}`)
}

/** The same, of a value that was looked for; undefined where it is no record. */
export function fieldsAt(bytes: Buffer, { start, end, fault }: Value): Fields | undefined {
  if (fault) return undefined
  try {
    return decodeOne(bytes, start, end)
  } catch (error) {
    if (error instanceof MsgpackFault) return undefined
    throw error
  }
}

/** What JSON has in its place. Maps and lists are changed, and stay what they are. */
function jsonValue(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : rawJson(String(value))
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'object':
      if (value instanceof Uint8Array) return bufferOf(value).toString('base64')
      if (Array.isArray(value)) for (let n = 0; n < value.length; n++) value[n] = jsonValue(value[n])
      else for (const key in value) (value as Fields)[key] = jsonValue((value as Fields)[key])
      return value
    default:
      return value
  }
}

/** Some write all texts as binary, those of keys too. */
function keyOf(key: unknown): string {
  const text = key instanceof Uint8Array ? bufferOf(key).toString() : key
  if (text === '__proto__') throw new TypeError('__proto__ cannot be a key')
  if (typeof text === 'string') return text
  if (typeof text === 'bigint' || Number.isInteger(text)) return String(text)
  throw new TypeError('a key that is neither a text nor a whole number')
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
