import type { Fields, Filtered, LogRecord } from '../../lib/index.ts'
import { parseJson } from '../../lib/json.ts'
import { isObject } from '../../lib/record.ts'

/** What the command says of a record. */
export type Answer =
  | { filtered: Filtered; id: unknown }
  /** It looks like one, and cannot be used. */
  | { bad: string }

/**
 * Reads a line that the command wrote: an object, a list of objects, or null. Undefined for what is no answer at all, but
 * something that was printed for somebody else.
 */
export function readAnswer(line: string, record: LogRecord): Answer | undefined {
  const text = line.trim()
  if (text === 'null') return { filtered: null, id: undefined }
  if (text[0] !== '{' && text[0] !== '[') return undefined
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    return { bad: (error as Error).message }
  }
  if (isObject(value)) return { id: idOf(value), filtered: adopt(value, record) }
  const list = value as unknown[]
  if (!list.every(isObject)) return { bad: 'a list of records has something else in it' }
  return { id: list[0] && idOf(list[0]), filtered: list.map(one => adopt(one, record)) }
}

function idOf(fields: Fields): unknown {
  return (fields['@meta'] as { id?: unknown } | undefined | null)?.id
}

/** What the command says of `@meta` is not believed: the record keeps its own. */
function adopt(fields: Fields, { '@meta': meta }: LogRecord): LogRecord {
  if (firstKeyOf(fields) === '@meta') {
    fields['@meta'] = meta
    return fields as LogRecord
  }
  const { '@meta': _, ...rest } = fields
  return { '@meta': meta, ...rest }
}

function firstKeyOf(fields: Fields): string | undefined {
  for (const key in fields) return key
  return undefined
}
