import { type KeyOptions, keysOf, type LinkKeys } from './curve/link-keys.ts'
import { Misuse } from './errors.ts'
import { flagOf } from './options.ts'
import { parseBytes } from './units.ts'

export type Direction = 'pull' | 'push'
export type Mode = 'bind' | 'connect'

/** One end of a link: the scheme says the transport, the flag says bind or connect. */
export interface Endpoint {
  direction: Direction
  mode: Mode
  scheme: string
  /** Without the query, as the transport wants it: `tcp://127.0.0.1:7000`, `/a/path`, `-`. */
  address: string
  /** What belongs to this link only. Its keys and values have been checked. */
  query: { readonly [key: string]: string }
  /** Where the link is encrypted, and both ends show who they are. */
  keys?: LinkKeys
  /** Between the stages of one chain: that it is there goes without saying. */
  inner?: boolean
}

interface Scheme {
  modes: readonly Mode[]
  /** Query keys by direction, and of both modes: their words, or what throws RangeError for a value that is none. */
  query: { readonly [D in Direction]?: Keys }
  /** Query keys by mode. */
  secured?: { readonly [M in Mode]: Keys }
  /** The address in the form that the transport wants. Throws Misuse. */
  address(rest: string, mode: Mode, scheme: string): string
}

interface Keys {
  readonly [key: string]: readonly string[] | ((value: string) => unknown)
}

const ZEROMQ_QUERY = { pull: { framing: ['batch', 'text'] }, push: { framing: ['batch', 'record', 'text'] } }

const ACK_QUERY = { pull: { window: parseWindow }, push: {} }

const CURVE = {
  connect: { 'server-key': readableName, curve: ['off'] },
  bind: { allow: readableName, curve: ['off'] },
}

const SCHEMES: { readonly [scheme: string]: Scheme } = {
  '-': {
    modes: ['connect'],
    query: { pull: {}, push: { format: ['ndjson', 'pretty', 'text'] } },
    address: () => '-',
  },
  tcp: { modes: ['bind', 'connect'], query: ZEROMQ_QUERY, secured: CURVE, address: tcpAddress },
  ipc: { modes: ['bind', 'connect'], query: ZEROMQ_QUERY, secured: CURVE, address: ipcAddress },
  'ack+tcp': { modes: ['bind', 'connect'], query: ACK_QUERY, secured: CURVE, address: tcpAddress },
  'ack+ipc': { modes: ['bind', 'connect'], query: ACK_QUERY, secured: CURVE, address: ipcAddress },
  file: {
    modes: ['connect'],
    query: { pull: {}, push: { format: ['ndjson', 'text'] } },
    address: filePath,
  },
}

/** Schemes that are part of the design and not of this version. */
const LATER: readonly string[] = ['pub+tcp', 'pub+ipc', 'sub+tcp', 'sub+ipc', 'kafka', 'nats', 'redis']

/** sockaddr_un.sun_path holds 108 bytes with the final NUL (unix(7)). */
export const MAX_IPC_PATH = 107

/**
 * Parses what was given to `--pull-bind` and its three sisters, and reads the keys of the link. Throws Misuse that says what
 * to type instead.
 */
export function parseEndpoint(
  text: string,
  direction: Direction,
  mode: Mode,
  security: KeyOptions = {},
): Endpoint {
  const flag = flagOf(`${direction}${mode === 'bind' ? 'Bind' : 'Connect'}`)
  const [, bare = text, query = ''] = /^([^?]*)(?:\?(.*))?$/s.exec(text) ?? []
  const [, name = '', rest = ''] = bare === '-' ? ['', '-', ''] : (/^([a-z+]+):\/\/(.*)$/s.exec(bare) ?? [])
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined
  const fail = (why: string) => new Misuse(`${flag} ${text}: ${why}`)
  if (!scheme && LATER.includes(name))
    throw fail(`${name}:// is not in this version yet; use ack+tcp:// or tcp://`)
  if (!scheme)
    throw fail(
      'an endpoint is ack+tcp://HOST:PORT, tcp://HOST:PORT, ack+ipc://PATH, ipc://PATH, file:///PATH or -',
    )
  if (!scheme.modes.includes(mode))
    throw fail(`${label(name)} cannot bind; write ${flagOf(`${direction}Connect`)} ${text}`)
  try {
    const address = scheme.address(rest, mode, name)
    const endpoint = {
      direction,
      mode,
      scheme: name,
      address,
      query: parseQuery(query, name, direction, mode),
    }
    const keys = keysOf(endpoint, security)
    return { ...endpoint, ...(keys && { keys }) }
  } catch (error) {
    throw fail((error as Error).message)
  }
}

/** The endpoint as it would be typed. */
export function formatEndpoint({ scheme, address, query }: Endpoint): string {
  const pairs = Object.entries(query).map(([key, value]) => `${key}=${value}`)
  const base =
    scheme === 'file'
      ? `file://${encodeURI(address).replace(/[?#]/g, encodeURIComponent)}`
      : `${isAcknowledged({ scheme }) ? 'ack+' : ''}${address}`
  return pairs.length > 0 ? `${base}?${pairs.join('&')}` : base
}

/** Whether it writes texts, and not records. */
export function isText({ query }: Endpoint): boolean {
  return query.format === 'text' || query.framing === 'text'
}

/** Whether it tells what became of each record. */
export function isAcknowledged({ scheme }: { scheme: string }): boolean {
  return scheme.startsWith('ack+')
}

/** Whether it tells when what it was given is safe, not only that it has it. */
export function isConfirming({ scheme }: { scheme: string }): boolean {
  return scheme === 'file' || isAcknowledged({ scheme })
}

function label(scheme: string): string {
  return scheme === '-' ? '-' : `${scheme}://`
}

function parseQuery(
  query: string,
  scheme: string,
  direction: Direction,
  mode: Mode,
): { [key: string]: string } {
  const allowed = keysFor(SCHEMES[scheme]!, direction, mode)
  const values: { [key: string]: string } = {}
  for (const pair of query.split('&').filter(Boolean)) {
    const [key = '', value = ''] = pair.split(/=(.*)/s)
    const words = Object.hasOwn(allowed, key) ? allowed[key] : undefined
    if (!words) {
      const known = Object.keys(allowed)
      const here = known.length > 0 ? `; known here: ${known.join(', ')}` : ''
      throw new Misuse(`unknown query key "${key}"${knownElsewhere(key) ?? here}`)
    }
    if (typeof words === 'function') words(value)
    else if (!words.includes(value)) throw new Misuse(`${key}=${value}: write one of ${words.join(', ')}`)
    values[key] = value
  }
  return values
}

function keysFor({ query, secured }: Scheme, direction: Direction, mode: Mode): Keys {
  return { ...query[direction], ...secured?.[mode] }
}

/** Where a query key would be right; undefined for one that never is. */
function knownElsewhere(key: string): string | undefined {
  const modes = (['bind', 'connect'] as const).filter(mode => Object.hasOwn(CURVE[mode], key))
  const places = Object.entries(SCHEMES).flatMap(([scheme, { query }]) =>
    (['pull', 'push'] as const)
      .filter(direction => Object.hasOwn(query[direction] ?? {}, key))
      .map(direction => `--${direction}-… ${label(scheme)}`),
  )
  const all = [...modes.map(mode => `--…-${mode}`), ...places]
  return all.length > 0 ? `; it is for ${all.join(', ')}` : undefined
}

/** Smaller, a pipe would stand still between two batches. */
const LEAST_WINDOW = 64 * 2 ** 10

function parseWindow(value: string): void {
  if (parseBytes(value) < LEAST_WINDOW) throw new Misuse(`window=${value}: at least 64KiB`)
}

function readableName(path: string): void {
  if (path === '') throw new Misuse('the path of a file is missing')
}

function tcpAddress(rest: string, mode: Mode, scheme: string): string {
  const [, host = '', digits] = /^(\[[0-9a-f:.]+(?:%[\w.-]+)?\]|[\w.-]+|\*):(\d{1,5}|\*)$/i.exec(rest) ?? []
  if (digits === undefined)
    throw new Misuse(`write ${scheme}://HOST:PORT, for example ${scheme}://127.0.0.1:7000`)
  if (digits !== '*' && Number(digits) > 65535) throw new Misuse('a port is at most 65535')
  const any = digits === '*' || Number(digits) === 0
  if (mode === 'connect' && (any || host === '*'))
    throw new Misuse('to connect, a host and a port are needed')
  return `tcp://${host}:${any ? '*' : digits}`
}

function ipcAddress(rest: string, _mode: Mode, scheme: string): string {
  if (rest === '') throw new Misuse(`write ${scheme}://PATH, for example ${scheme}:///run/sluice/syslog.ipc`)
  if (Buffer.byteLength(rest) > MAX_IPC_PATH) {
    throw new Misuse(
      `the path has ${Buffer.byteLength(rest)} bytes; a unix socket's has ${MAX_IPC_PATH} at most`,
    )
  }
  return `ipc://${rest}`
}

function filePath(rest: string): string {
  if (!rest.startsWith('/')) throw new Misuse('write file:///PATH with three slashes: the path is absolute')
  try {
    return decodeURIComponent(rest)
  } catch {
    throw new Misuse('as in every URL, a % in the path is written %25')
  }
}
