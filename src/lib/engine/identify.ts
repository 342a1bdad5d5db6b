import type { Filtered } from '../daemon.ts'
import { createRecord, type Fields, isMeta, isObject, type LogRecord, splitId } from '../record.ts'

/**
 * What a filter returned of a record, as records with the `@meta` of their origin. Throws TypeError for what is no
 * record: a promise, a Map or a Date in a list would be written as `{}`.
 */
export function identifyAll(filtered: Filtered, origin: LogRecord): LogRecord[] {
  if (filtered === undefined || filtered === null) return []
  const { id } = origin['@meta']
  if (!Array.isArray(filtered)) return [identify(filtered as LogRecord | Fields, origin, id)]
  return filtered.map((one, n) => identify(one, origin, filtered.length > 1 ? splitId(id, n) : id))
}

/** A filter's output with the `@meta` of its origin, under the given id. */
export function identify(out: LogRecord | Fields, origin: LogRecord, id: string): LogRecord {
  if (!isPlainObject(out)) throw new TypeError('a filter returns a record, a list of records, or nothing')
  const meta = out['@meta']
  if (meta === undefined) return createRecord({ ...origin['@meta'], id }, out)
  if (meta !== origin['@meta'] && !isMeta(meta))
    throw new TypeError('the @meta that a filter returned is not sound')
  if (meta.id === id) return out as LogRecord
  return { ...out, '@meta': { ...meta, id } }
}

function isPlainObject(value: unknown): value is Fields & { '@meta'?: LogRecord['@meta'] } {
  if (!isObject(value) || typeof value.toJSON === 'function') return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The same without the original bytes of its text: they are not what it says any more. */
export function withoutBytes(record: LogRecord): LogRecord {
  const { bytes: _, ...meta } = record['@meta']
  return { ...record, '@meta': meta as LogRecord['@meta'] }
}
