// Turns raw syslog (RFC 3164, RFC 5424 and what devices make of either) into fields. No text makes it
// throw, none is dropped, and none takes more than linear time.

import { createIsoFormat } from './calendar.ts'
import { createParse, type Parse } from './parse.ts'
import { createPayloads, type Payload } from './payload/index.ts'
import { type Fields, SCHEMAS, type SchemaName } from './schema.ts'
import { createTimezoneOf, type Network } from './senders.ts'
import { createZone } from './timezone.ts'

export { PARSE_ERRORS, type ParseError } from './message.ts'
export { PAYLOADS, type Payload } from './payload/index.ts'
export { FACILITIES, SEVERITIES } from './priority.ts'
export type { Fields, SchemaName } from './schema.ts'
export { type Network, parseNetwork } from './senders.ts'
export { createZone } from './timezone.ts'

export interface ParserOptions {
  /** The names of the fields: `classic`, flat, or `ecs`, the Elastic Common Schema. */
  schema: SchemaName
  /** The zone of senders that state none: an IANA name, `local`, `UTC`, or an offset such as `+02:00`. */
  timezone: string
  /** The zones of those who send from certain networks. */
  timezoneOf?: readonly Network[]
  /** What is opened in the content of messages. */
  payload?: readonly Payload[]
  /** Called for each `@meta` of a payload, which is a stranger's and was renamed. */
  strangersMeta?: () => void
}

/**
 * @param received when the message was received, epoch ms
 * @param peer who sent it, `ip:port` or `[v6]:port`
 */
export type Parser = (message: string, received: number, peer?: string) => Fields
export type ParseInto = <Target extends Fields>(
  target: Target,
  message: string,
  received: number,
  peer?: string,
) => Target

/** @throws RangeError for an unknown timezone */
export function createParser(options: ParserOptions): Parser {
  const parseInto = createParseInto(options)
  return (message, received, peer) => parseInto({}, message, received, peer)
}

/**
 * The same for an object that is there already, as a record with its `@meta`: fields come behind what it has.
 * @throws RangeError for an unknown timezone
 */
export function createParseInto(options: ParserOptions): ParseInto {
  const { schema, payload = [], strangersMeta = () => {} } = options
  const parse = createParse(createZone(options.timezone))
  const parseOf = options.timezoneOf?.length ? createParseOf(options.timezoneOf, parse) : undefined
  const write = SCHEMAS[schema]
  const writePayload = payload.length > 0 ? createPayloads(payload, strangersMeta) : undefined
  const isoFormat = createIsoFormat()
  return (target, message, received, peer) => {
    const at = believable(received)
    const parsed = parseOf === undefined ? parse(message, at) : parseOf(peer)(message, at)
    write(target, parsed, parsed.time ?? isoFormat(at))
    writePayload?.(target, parsed.content)
    return target
  }
}

/** The parser for a peer: one for each zone. */
function createParseOf(networks: readonly Network[], others: Parse): (peer: string | undefined) => Parse {
  const timezoneOf = createTimezoneOf(networks)
  const parses = new Map(networks.map(({ timezone }) => [timezone, createParse(createZone(timezone))]))
  return peer => parses.get(timezoneOf(peer) ?? '') ?? others
}

const LATEST = Date.UTC(9999, 11, 31)

/** A time between 1970 and 9999, the range that ISO 8601 writes with four digits. */
function believable(received: number): number {
  return received >= 0 && received <= LATEST ? received : 0
}
