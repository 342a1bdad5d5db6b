import { Encoder } from '@msgpack/msgpack'
import { isRawJson, parseJson } from '../json.ts'
import { exactNumber } from './exact-number.ts'
import { MAX_DEPTH } from './scan.ts'

/** A single value may stand in the deepest map. */
const maxDepth = MAX_DEPTH + 1

/** What the encoder would write as something else than JSON does. */
const UNUSUAL = Symbol('unusual')

/** Numbers as they are; all of them are small, or doubles. */
const usual = new Encoder({
  maxDepth,
  ignoreUndefined: true,
  extensionCodec: { decode: () => null, tryToEncode: refuseUnusual },
})

/** Integers of more than 32 bits have to be bigints for this one. */
const unusual = new Encoder({
  maxDepth,
  useBigInt64: true,
  extensionCodec: { decode: () => null, tryToEncode: () => null },
})

/**
 * A record as MessagePack: a map of what its JSON says. Numbers that no double holds are integers of 64 bits, or else texts. Throws
 * for what has no JSON, or is nested too deep to be read again.
 */
export function encode(record: object): Uint8Array<ArrayBuffer> {
  try {
    return usual.encode(record)
  } catch (error) {
    if (error !== UNUSUAL) throw error
    return unusual.encode(prepared(parseJson(JSON.stringify(record))))
  }
}

/** Is shown each map and each list before it is written. */
function refuseUnusual(holder: unknown): null {
  if (isRawJson(holder) || typeof (holder as { toJSON?: unknown }).toJSON === 'function') throw UNUSUAL
  if (Array.isArray(holder)) {
    for (const value of holder) if (!isUsual(value)) throw UNUSUAL
    return null
  }
  for (const key in holder as object)
    if (!key.isWellFormed() || !isUsual((holder as { [key: string]: unknown })[key])) throw UNUSUAL
  return null
}

/**
 * Whether the encoder writes what JSON says. Of half a surrogate pair it would make what is not UTF-8, and a double of more than 53 bits
 * may not be the number that it is printed as.
 */
function isUsual(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed()
    case 'number':
      return Number.isFinite(value) && (Number.isSafeInteger(value) || !Number.isInteger(value))
    case 'boolean':
    case 'object':
    case 'undefined':
      return true
    default:
      return false
  }
}

/** What was read from JSON, as it is to be written. */
function prepared(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value === 'number') return wide(Number.isInteger(value) ? exactNumber(String(value)) : value)
  if (typeof value !== 'object' || value === null) return value
  if (isRawJson(value)) return wide(exactNumber(value.rawJSON))
  if (Array.isArray(value)) return value.map(prepared)
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key.toWellFormed(), prepared(part)]))
}

function wide<T>(value: T): T | bigint {
  return Number.isSafeInteger(value) && Math.abs(value as number) > 0x7fff_ffff
    ? BigInt(value as number)
    : value
}
