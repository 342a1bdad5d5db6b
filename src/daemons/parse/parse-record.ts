// What becomes of one record: its text is taken apart, or it says why not.

import type { LogRecord } from '../../lib/index.ts'
import { freeName, isPartial, type Output, PARSE_ERRORS, type ParseError, write } from './outcome.ts'
import type { Tools } from './tools.ts'

export interface RecordOptions {
  field: string
  remove: boolean
  into: string | undefined
  conflict: 'overwrite' | 'keep'
  prefix: string | undefined
  timeField: string | undefined
  schema: 'classic' | 'ecs'
}

/** Returns the record, or the word that says why it is not to be changed. */
export type ParseRecord = (record: LogRecord) => LogRecord | ParseError

/** @param counted told what happened to a record that is returned */
export function createParseRecord(
  options: RecordOptions,
  { format, readTime }: Tools,
  counted: (what: 'incomplete' | 'renamedMeta') => void,
): ParseRecord {
  const { field, remove, into, prefix = '', timeField } = options
  const keep = options.conflict === 'keep'
  return record => {
    const text = record[field]
    if (typeof text !== 'string') return 'no-text'
    if (!text.startsWith(prefix)) return 'no-prefix'
    const rest = remove ? without(record, field) : record
    const received = record['@meta'].received ?? Date.now()
    const output: Output = {
      target: into === undefined ? rest : {},
      received,
      keep,
      renamedMeta: false,
      leftOver: false,
    }
    const wrong = format(prefix === '' ? text : text.slice(prefix.length), output)
    if (wrong && !isPartial(wrong)) return wrong
    const noTime = timeField === undefined ? undefined : stamp(rest, output, timeField, readTime)
    if (into !== undefined) write({ ...output, target: rest }, into, output.target)
    if (output.renamedMeta) counted('renamedMeta')
    if (output.leftOver && !Object.hasOwn(rest, field)) rest[field] = text
    const error = wrong ?? noTime
    if (!error) return rest
    counted('incomplete')
    if (wrong) keepText(rest, field, text)
    return withError(rest, error, options.schema)
  }
}

/** By rest, not by `delete` or assignment: a key may be `__proto__`, and objects that lose a key are slow. */
function without(record: LogRecord, field: string): LogRecord {
  const { [field]: _, ...rest } = record
  return rest as LogRecord
}

/** What was left out has to be somewhere: in its field, or, where that has another value by now, in `original` (`_original`, …). */
function keepText(record: LogRecord, field: string, text: string): void {
  if (!Object.hasOwn(record, field)) record[field] = text
  else if (record[field] !== text) record[freeName(record, 'original')] = text
}

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z$/

/** Writes `@timestamp` from a field that was found. */
function stamp(
  record: LogRecord,
  { target, received }: Output,
  name: string,
  readTime: Tools['readTime'],
): ParseError | undefined {
  if (!Object.hasOwn(target, name)) return undefined
  const value = target[name]
  // A number that no double can hold is an object (lib/json.ts).
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const time = UTC.test(text) ? text : readTime(text, received)
  if (time === undefined) return 'bad-time'
  record['@timestamp'] = time
  return undefined
}

/** `parse_error` is ours; an `error` that the record has already is that of somebody else, and stays: then it is `_error`. */
export function withError(record: LogRecord, error: ParseError, schema: 'classic' | 'ecs'): LogRecord {
  if (schema === 'classic') record.parse_error = error
  else record[freeName(record, 'error')] = { type: error, message: PARSE_ERRORS[error] }
  return record
}
