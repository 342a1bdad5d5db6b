// Records go in; what the text of one of their fields says comes out as fields of them.
import { checked, choice, filter, flag, path, repeatable, text } from '../lib/index.ts'
import { createZone } from '../lib/syslog/timezone.ts'
import { PARSE_ERRORS } from './parse/outcome.ts'
import { createParseRecord, withError } from './parse/parse-record.ts'
import { readTimeFormat } from './parse/time.ts'
import { createTools, FORMATS } from './parse/tools.ts'

export default filter({
  summary: 'Take the text of a field apart into fields',
  examples: [
    `echo '@cee: {"user":"ann","port":22}' | sluice-parse --as json --prefix @cee:`,
    "echo '192.0.2.7 GET 512' | sluice-parse --as grok \\\n    --pattern '%{IP:client} %{WORD:method} %{NUMBER:bytes:int}'",
    "echo '~3|6|Oct 11 22:14:15| hello' | sluice-parse --as delimited \\\n    --prefix '~' --fields facility:int,severity:int,timestamp,message",
  ],
  options: {
    as: choice('How the text is written', FORMATS, 'json'),
    field: text('Field that has the text', 'message', 'name'),
    remove: flag('Remove that field when all of its text was taken apart'),
    into: text('Field for all that is found (default: the record itself)', undefined, 'name'),
    conflict: choice('Of a field that the record has already', ['overwrite', 'keep'], 'overwrite'),
    unmatched: choice('What becomes of a text that is not so', ['pass', 'drop', 'reject'], 'pass'),
    prefix: text('What stands in front of the text, and is skipped'),
    trim: flag('Remove white space around values'),
    types: text('Types of fields: bytes=int,took=float,ok=bool,at=time', undefined, 'list'),
    fields: text('csv, delimited: NAME or NAME:TYPE,…; no name skips a value', undefined, 'list'),
    delimiter: text('csv, delimited: between values (default: , and |)'),
    pattern: repeatable(text('grok, regex: the first that matches counts', undefined, 'pattern')),
    patterns: repeatable(path('grok: file of definitions, a line NAME PATTERN each')),
    pairSeparator: text('kv: between pairs (default: white space)'),
    valueSeparator: text('kv: between a key and its value', '='),
    timeField: text('Field whose time becomes @timestamp', undefined, 'name'),
    timeFormat: repeatable(
      checked(
        text('auto, iso, syslog, http, epoch, epoch-ms, … or %d/%b/%Y %T', 'auto', 'format'),
        readTimeFormat,
      ),
    ),
    timezone: checked(
      text('Zone of times that do not state one: local, UTC, +02:00, Europe/Paris', 'local', 'zone'),
      createZone,
    ),
    schema: choice('combined: our names, or Elastic Common Schema', ['classic', 'ecs'], 'classic'),
  },
  counters: {
    unmatched: 'Records whose text was not taken apart',
    incomplete: 'Records without a value that was not of its type, or a time that is none',
    renamedMeta: 'Keys @meta in a text, which became _meta',
  },
  keepsBytes: true,
  check: options => void createTools(options),
  service: { flags: ['--as', 'json'] },
  open(options, { count, drop, reject }) {
    const parse = createParseRecord(options, createTools(options), count)
    const { unmatched, schema } = options
    return record => {
      const parsed = parse(record)
      if (typeof parsed !== 'string') return parsed
      count('unmatched')
      if (unmatched === 'drop') return drop(record, 'unmatched')
      if (unmatched === 'reject') return reject(record, parsed, PARSE_ERRORS[parsed])
      return withError(record, parsed, schema)
    }
  },
})
