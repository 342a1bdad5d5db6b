import { Decoder } from '@msgpack/msgpack'
import { messageOf } from '../errors.ts'
import { rawJson } from '../json.ts'
import { type Fields, isObject } from '../record.ts'
import { MsgpackFault } from './fault.ts'
import { endOfValue } from './scan.ts'
import { isoOf } from './timestamp.ts'

/** What was read, up to where something is wrong. */
export interface Decoded {
  values: Fields[]
  /** Of the rest, from `at` on: why it could not be read. */
  fault?: MsgpackFault
}

const decoder = new Decoder({
  useBigInt64: true,
  extensionCodec: { tryToEncode: () => null, decode: data => isoOf(bufferOf(data)) },
  mapKeyConverter: keyOf,
})

/**
 * The maps that stand one behind the other in a message, as fields of records: numbers as they are (those that no double holds as
 * `JSON.rawJSON` objects; NaN and the infinities, which JSON has not, as texts), binary values as base64, timestamps as ISO 8601.
 * What they take in memory is bounded by their length.
 */
export function decodeAll(bytes: Buffer): Decoded {
  const values: Fields[] = []
  try {
    for (let at = 0; at < bytes.length; ) {
      const end = endOfValue(bytes, at)
      if (end > bytes.length) throw new MsgpackFault(at, 'the value that begins here has no end')
      values.push(decodeOne(bytes, at, end))
      at = end
    }
    return { values }
  } catch (fault) {
    if (fault instanceof MsgpackFault) return { values, fault }
    throw fault
  }
}

/** The map that stands there, and was scanned. Throws MsgpackFault. */
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
