import type { Fields, LogRecord, Meta } from '../../lib/index.ts'
import { type SchemaName, SEVERITIES } from '../../lib/syslog/index.ts'
import { createMessage } from '../../lib/syslog/message.ts'
import { SCHEMAS } from '../../lib/syslog/schema.ts'
import { type Entry, isoTime, microseconds, textOf, type Value, valuesOf } from './entry.ts'
import { entryId } from './id.ts'

export interface RecordOptions {
  schema: SchemaName
  /** Whether a field is kept under `journal`. */
  keeps(field: string): boolean
  /** For an entry whose cursor makes none. */
  mint(received: number): string
}

/** Fields that have a name of their own in a record; numbers up to so much. */
const NAMED: { [field: string]: number | undefined } = {
  MESSAGE: undefined,
  PRIORITY: 7,
  SYSLOG_FACILITY: 23,
  SYSLOG_IDENTIFIER: undefined,
  SYSLOG_PID: undefined,
  _HOSTNAME: undefined,
}

/** The record of an entry. It has the same id, and is the same, however often the entry is read. */
export function entryRecord(entry: Entry, options: RecordOptions): LogRecord {
  const realtime = microseconds(entry.__REALTIME_TIMESTAMP) ?? 0
  const received = Math.floor(realtime / 1000)
  const { text, bytes } = messageIn(entry)
  const id = entryId(String(entry.__CURSOR), received) ?? options.mint(received)
  const meta: Meta = { id, received, ...(bytes && { bytes: bytes.toString('base64') }) }
  const record: LogRecord = { '@meta': meta }
  writeSyslog(record, entry, { text, received, realtime, schema: options.schema })
  const journal = others(entry, options.keeps)
  return journal ? { ...record, journal } : record
}

/** One text, also where somebody has sent several. */
function messageIn(entry: Entry): Value {
  const values = valuesOf(entry.MESSAGE)
  if (values.length === 1) return values[0]!
  const text = values.map(({ text }) => text).join('\n')
  if (!values.some(({ bytes }) => bytes)) return { text }
  const all = values.flatMap(({ text, bytes }) => [Buffer.from('\n'), bytes ?? Buffer.from(text)])
  return { text, bytes: Buffer.concat(all.slice(1)) }
}

interface Known {
  text: string
  received: number
  realtime: number
  schema: SchemaName
}

/** Names what the journal knows as syslog as all the suite does. */
function writeSyslog(record: Fields, entry: Entry, { text, received, realtime, schema }: Known): void {
  const message = createMessage(text, received)
  const facility = numberIn(entry, 'SYSLOG_FACILITY')
  const severity = numberIn(entry, 'PRIORITY')
  if (facility !== undefined && severity !== undefined) message.priority = facility * 8 + severity
  message.hostname = textOf(entry._HOSTNAME)
  message.appName = textOf(entry.SYSLOG_IDENTIFIER) ?? textOf(entry._COMM)
  message.procId = textOf(entry.SYSLOG_PID) ?? textOf(entry._PID)
  const time = isoTime(microseconds(entry._SOURCE_REALTIME_TIMESTAMP) ?? realtime)
  SCHEMAS[schema](record, message, time)
  if (facility === undefined && severity !== undefined) SEVERITY_ALONE[schema](record, severity)
}

/** What is logged by systemd's own protocol has a severity, and mostly no facility. None is made up. */
const SEVERITY_ALONE: { [schema in SchemaName]: (record: Fields, severity: number) => void } = {
  classic(record, severity) {
    record.syslog_severity = SEVERITIES[severity]
  },
  ecs(record, severity) {
    const log = record.log as { syslog?: object } | undefined
    record.log = {
      ...log,
      syslog: { ...log?.syslog, severity: { code: severity, name: SEVERITIES[severity] } },
    }
  },
}

function numberIn(entry: Entry, field: string): number | undefined {
  const text = textOf(entry[field])
  return text !== undefined && /^\d{1,2}$/.test(text) && Number(text) <= NAMED[field]!
    ? Number(text)
    : undefined
}

/** Whether the record has it already, and all of it. */
function isTold(entry: Entry, field: string, values: readonly Value[]): boolean {
  if (values.length > 1 || !Object.hasOwn(NAMED, field)) return false
  return NAMED[field] === undefined || numberIn(entry, field) !== undefined
}

/** The other fields, by their names in the journal. One whose bytes are no text has them beside it, base64. */
function others(entry: Entry, keeps: (field: string) => boolean): Fields | undefined {
  const journal: Fields = {}
  let none = true
  for (const field in entry) {
    // Where it is in the journal (systemd.journal-fields(7), address fields) is nothing that it says.
    if (field.startsWith('__') || !keeps(field)) continue
    const values = valuesOf(entry[field])
    if (values.length === 0 || isTold(entry, field, values)) continue
    none = false
    journal[field] = oneOrAll(values.map(({ text }) => text))
    const bytes = values.filter(({ bytes }) => bytes).map(({ bytes }) => bytes!.toString('base64'))
    if (bytes.length > 0) journal[`${field}_base64`] = oneOrAll(bytes)
  }
  return none ? undefined : journal
}

function oneOrAll(texts: string[]): string | string[] {
  return texts.length === 1 ? texts[0]! : texts
}
