// Lines of different origins must not be mixed: what an origin is.

import type { LogRecord } from '../../lib/index.ts'

/** Makes one text of the values of these fields; `a.b` is b in a. */
export function createKeyOf(fields: string): (record: LogRecord) => string {
  const paths = fields
    .split(',')
    .map(field => field.trim())
    .filter(Boolean)
    .map(field => field.split('.'))
  return record => {
    let key = ''
    for (const path of paths) {
      const value = valueAt(record, path)
      // A text is in quotes, so that no value can look like another one's.
      if (value !== undefined) key += JSON.stringify(value)
      key += ','
    }
    return key
  }
}

function valueAt(record: LogRecord, path: readonly string[]): unknown {
  let value: unknown = record
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as { [name: string]: unknown })[name]
  }
  return value
}
