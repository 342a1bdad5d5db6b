// Lines of web servers as fields: with names of our own, or those of the Elastic Common Schema.

import { isIP } from 'node:net'
import type { Fields } from '../../lib/index.ts'
import { type AccessLine, readAccessLine } from './access-line.ts'
import { type Format, type Output, write } from './outcome.ts'
import type { ReadTime } from './time.ts'

/** Writes what a line says. */
type Schema = (output: Output, line: AccessLine) => void

export const ACCESS_SCHEMAS = { classic, ecs } satisfies { [name: string]: Schema }

export function createCombined(schema: keyof typeof ACCESS_SCHEMAS, readTime: ReadTime): Format {
  const writeLine = ACCESS_SCHEMAS[schema]
  return (text, output) => {
    const line = readAccessLine(text)
    if (!line) return 'no-match'
    writeLine(output, line)
    const time = readTime(line.timestamp, output.received)
    if (time === undefined) return 'bad-time'
    write(output, '@timestamp', time)
    return undefined
  }
}

const NAMES: { readonly [key in keyof AccessLine]: string } = {
  vhost: 'vhost',
  client: 'client',
  ident: 'ident',
  user: 'user',
  timestamp: 'timestamp',
  method: 'method',
  url: 'url',
  httpVersion: 'http_version',
  request: 'request',
  status: 'status',
  bytes: 'bytes',
  referrer: 'referrer',
  agent: 'user_agent',
  forwardedFor: 'forwarded_for',
  extra: 'extra',
}

function classic(output: Output, line: AccessLine): void {
  for (const key in NAMES) {
    const value = line[key as keyof AccessLine]
    if (value !== undefined) write(output, NAMES[key as keyof AccessLine], value)
  }
}

/** https://www.elastic.co/docs/reference/ecs, as nested objects; IDENT and what is in no place of the format have no name there. */
function ecs(output: Output, line: AccessLine): void {
  const { client, forwardedFor, vhost, url, user, agent } = line
  const [domain, port] = splitPort(vhost)
  put(output, 'url', { domain, port, original: url })
  put(output, 'source', { address: client, ip: ip(client) })
  put(output, 'user', { name: user })
  put(output, 'http', {
    version: line.httpVersion,
    request: nested({ method: line.method, referrer: line.referrer }),
    response: nested({
      status_code: line.status,
      body: nested({ bytes: line.bytes }),
    }),
  })
  put(output, 'user_agent', { original: agent })
  put(output, 'network', { forwarded_ip: ip(forwardedFor?.split(',', 1)[0]) })
}

function put(output: Output, name: string, fields: Fields): void {
  const value = nested(fields)
  if (value) write(output, name, value)
}

/** Without what is not there; undefined where nothing is. */
function nested(fields: Fields): Fields | undefined {
  let there: Fields | undefined
  for (const key in fields) {
    if (fields[key] === undefined) continue
    there ??= {}
    there[key] = fields[key]
  }
  return there
}

function ip(address: string | undefined): string | undefined {
  return address !== undefined && isIP(address) ? address : undefined
}

/** `www.example.org:443` */
function splitPort(vhost: string | undefined): [domain: string | undefined, port: number | undefined] {
  const [, domain, port] = /^(.*):(\d{1,5})$/.exec(vhost ?? '') ?? []
  return domain === undefined ? [vhost, undefined] : [domain, Number(port)]
}
