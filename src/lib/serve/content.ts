import type { IncomingHttpHeaders } from 'node:http'

/**
 * What a body is:
 * - `texts`: each line is a text, whatever it says;
 * - `lines`: each line is a JSON object, or else a text;
 * - `json`: one object, a list, or several of them one after the other; anything else is refused;
 * - `unknown`: nobody says, or it is said without a thought (`curl -d`): its beginning tells.
 */
export type Form = 'texts' | 'lines' | 'json' | 'unknown'

export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd'

export interface Content {
  form: Form
  /** How it is compressed; undefined where it is not. */
  coding: Coding | undefined
}

/** Why a body cannot be taken, for the client. */
export interface Unsupported {
  message: string
  headers?: { [name: string]: string }
}

/** NDJSON has no registered name, and goes by these. */
const LINES = /^application\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines|json-stream)$/
const JSON_TYPE = /^(?:application|text)\/(?:[\w.-]+\+)?json$/
/** They hold no text. */
const NO_TEXT = /^(?:multipart|image|audio|video|font|model)\/|protobuf|msgpack|avro|\bzip$|\bgzip$/
/** Its bytes mean something else. */
const OTHER_CHARSET = /\bcharset\s*=\s*"?\s*(utf-?(?:16|32)\w*)/i

const CODINGS = new Map<string, Coding>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ['zstd', 'zstd'],
])

/** What headers say of the body. */
export function contentOf(headers: IncomingHttpHeaders): Content | Unsupported {
  const given = headers['content-encoding']?.trim().toLowerCase() ?? ''
  const coding = CODINGS.get(given)
  if (!coding && given !== '' && given !== 'identity') {
    const taken = [...new Set(CODINGS.values())].join(', ')
    const message = `the content encoding "${given}" is not one of ${taken}`
    // RFC 9110 section 12.5.3: in an answer, it says what the server takes.
    return { message, headers: { 'accept-encoding': taken } }
  }
  const full = headers['content-type'] ?? ''
  const type = full.replace(/;.*/s, '').trim().toLowerCase()
  const charset = OTHER_CHARSET.exec(full)?.[1]
  if (charset) return { message: `the charset ${charset} is not taken; send UTF-8` }
  if (NO_TEXT.test(type))
    return { message: `"${type}" is not taken; send application/x-ndjson, application/json or text/plain` }
  return { form: formOf(type), coding }
}

function formOf(type: string): Form {
  if (type === 'text/plain') return 'texts'
  if (LINES.test(type)) return 'lines'
  return JSON_TYPE.test(type) ? 'json' : 'unknown'
}
