import { type KeyOptions, keysOf, type LinkKeys } from './curve/link-keys.ts'
import { Misuse } from './errors.ts'
import { flagOf } from './options.ts'
import { CURVE, type Direction, type Keys, type Mode, SCHEMES, type Scheme } from './schemes.ts'

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

/** Schemes that are part of the design and not of this version. */
const LATER: readonly string[] = ['kafka', 'nats', 'redis']

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
      'an endpoint is ack+tcp://HOST:PORT, tcp://HOST:PORT, ack+ipc://PATH, ipc://PATH, pub+tcp:// or sub+tcp://HOST:PORT, pub+ipc:// or sub+ipc://PATH, file:///PATH or -',
    )
  if (!scheme.query[direction]) throw fail(otherSide(name, direction))
  if (!scheme.modes.includes(mode))
    throw fail(`${label(name)} cannot bind; write ${flagOf(`${direction}Connect`)} ${text}`)
  try {
    const address = scheme.address(rest, mode, name)
    const endpoint = {
      direction,
      mode,
      scheme: name,
      address,
      query: parseQuery(query, scheme, direction, mode),
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
      : `${kindOf(scheme)}${address}`
  return pairs.length > 0 ? `${base}?${pairs.join('&')}` : base
}

/** What stands before the transport: `ack+`, `pub+`, `sub+`, or nothing. */
export function kindOf(scheme: string): string {
  return scheme.slice(0, scheme.indexOf('+') + 1)
}

/** Whether it writes texts, and not records. */
export function isText({ query }: Endpoint): boolean {
  return query.format === 'text' || query.framing === 'text'
}

/** Has it speak MessagePack where nothing else was asked of it. Returns whether it does. */
export function speakMsgpack(endpoint: Endpoint): boolean {
  const { scheme, direction, query } = endpoint
  // It takes both.
  if (kindOf(scheme) === 'sub+') return true
  const isKnown = Object.hasOwn(SCHEMES[scheme]!.query[direction]!, 'encoding')
  const isOther = query.framing !== undefined || (query.format !== undefined && !isPublished(endpoint))
  if (isKnown && !isOther) endpoint.query = { encoding: 'msgpack', ...query }
  return endpoint.query.encoding === 'msgpack'
}

/** Whether it tells what became of each record. */
export function isAcknowledged({ scheme }: { scheme: string }): boolean {
  return scheme.startsWith('ack+')
}

/** Whether all who have subscribed there get what goes out. */
export function isPublished({ scheme }: { scheme: string }): boolean {
  return scheme.startsWith('pub+')
}

/** Whether it tells when what it was given is safe, not only that it has it. */
export function isConfirming({ scheme }: { scheme: string }): boolean {
  return scheme === 'file' || isAcknowledged({ scheme })
}

/** What to write on the other side, for a scheme that has only one. */
function otherSide(name: string, direction: Direction): string {
  const other = name.replace(/^pub|^sub/, kind => (kind === 'pub' ? 'sub' : 'pub'))
  return direction === 'pull'
    ? `${label(name)} publishes, on the push side; to take in what is published, write ${label(other)}`
    : `${label(name)} subscribes, on the pull side; to publish, write ${label(other)}`
}

function label(scheme: string): string {
  return scheme === '-' ? '-' : `${scheme}://`
}

function parseQuery(
  query: string,
  scheme: Scheme,
  direction: Direction,
  mode: Mode,
): { [key: string]: string } {
  const allowed = keysFor(scheme, direction, mode)
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
    const isAgain = Object.hasOwn(values, key)
    if (isAgain && !(direction === 'pull' && scheme.lists?.includes(key)))
      throw new Misuse(`${key} is given twice; write it once`)
    values[key] = isAgain ? `${values[key]},${value}` : value
  }
  scheme.check?.(values)
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
