import { indexPattern } from './index-name.ts'

// Lucene refuses a term of more than 32,766 bytes, and with it the document: 8,191 characters fit in any script.
const KEYWORD = { type: 'keyword', ignore_above: 8191 }

const WHOLE = { type: 'long' }

/** Types for objects with arbitrary keys: Elasticsearch's, OpenSearch's, and one that any server has. */
export const FREE_OBJECTS = [
  // As above; the key stands in front of the value.
  { type: 'flattened', ignore_above: 8000 },
  { type: 'flat_object' },
  { type: 'object', enabled: false },
] as const

export interface TemplateOptions {
  index: string
  dataStream: boolean
}

/** The name of the index template for an index. */
export function templateName({ index }: TemplateOptions): string {
  return `sluice-${index.replaceAll('%', '').toLowerCase()}`
}

/**
 * An index template with mappings for what the suite writes, in both schemas; any other text is a keyword.
 *
 * @param freeObject the type for structured data, whose keys are the senders'
 */
export function indexTemplate({ index, dataStream }: TemplateOptions, freeObject: object): object {
  return {
    index_patterns: [indexPattern(index)],
    // Above the built-in logs-*-* (100); longer patterns are more special, and two of one priority would clash.
    priority: 150 + Math.min(index.length, 100),
    ...(dataStream && { data_stream: {} }),
    _meta: { description: 'Records of Sluice' },
    template: {
      mappings: {
        dynamic_templates: [{ text_is_a_keyword: { match_mapping_type: 'string', mapping: KEYWORD } }],
        properties: {
          '@meta': {
            // Mapped, not dynamic: what others put in there stays in the document and costs no field.
            dynamic: false,
            properties: {
              id: KEYWORD,
              received: { type: 'date', format: 'epoch_millis' },
              peer: KEYWORD,
              sender: KEYWORD,
            },
          },
          '@timestamp': { type: 'date' },
          message: { type: 'text' },
          timestamp: KEYWORD,
          syslog_priority: { type: 'short' },
          syslog_facility: KEYWORD,
          syslog_severity: KEYWORD,
          syslog_program: KEYWORD,
          syslog_pid: KEYWORD,
          syslog_msgid: KEYWORD,
          syslog_counter: WHOLE,
          syslog_sequence: WHOLE,
          syslog_uptime: WHOLE,
          syslog_repeated: WHOLE,
          syslog_relay_priority: { type: 'short' },
          parse_error: KEYWORD,
          structured_data: freeObject,
          // Fields that any program makes up: of the systemd journal, and of payloads that --payload opens.
          journal: freeObject,
          cef: freeObject,
          leef: freeObject,
          kv: freeObject,
          json: freeObject,
          log: { properties: { syslog: { properties: { structured_data: freeObject } } } },
        },
      },
    },
  }
}
