// Turns raw syslog (RFC 3164, RFC 5424 and what rsyslog takes for either) into fields. No text makes it
// throw, none is dropped, and none takes more than linear time.

import { createIsoFormat } from './calendar.ts'
import { createParse } from './parse.ts'
import { type Fields, SCHEMAS, type SchemaName } from './schema.ts'
import { createZone } from './timezone.ts'

export { PARSE_ERRORS, type ParseError } from './message.ts'
export { FACILITIES, SEVERITIES } from './priority.ts'
export type { Fields, SchemaName } from './schema.ts'

export interface ParserOptions {
  /** The names of the fields: `classic`, flat, or `ecs`, the Elastic Common Schema. */
  schema: SchemaName
  /** The zone of senders that state none: an IANA name, `local`, `UTC`, or an offset such as `+02:00`. */
  timezone: string
}

/** @param received when the message was received, epoch ms */
export type Parser = (message: string, received: number) => Fields
export type ParseInto = <Target extends Fields>(target: Target, message: string, received: number) => Target

/** @throws RangeError for an unknown timezone */
export function createParser(options: ParserOptions): Parser {
  const parseInto = createParseInto(options)
  return (message, received) => parseInto({}, message, received)
}

/**
 * The same for an object that is there already, as a record with its `@meta`: fields come behind what it has.
 * @throws RangeError for an unknown timezone
 */
export function createParseInto({ schema, timezone }: ParserOptions): ParseInto {
  const parse = createParse(createZone(timezone))
  const write = SCHEMAS[schema]
  const isoFormat = createIsoFormat()
  return (target, message, received) => {
    const at = believable(received)
    const parsed = parse(message, at)
    write(target, parsed, parsed.time ?? isoFormat(at))
    return target
  }
}

const LATEST = Date.UTC(9999, 11, 31)

/** A time between 1970 and 9999, the range that ISO 8601 writes with four digits. */
function believable(received: number): number {
  return received >= 0 && received <= LATEST ? received : 0
}
