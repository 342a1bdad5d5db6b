import { Misuse } from './errors.ts'
import { parseTemplate } from './template.ts'
import { parseBytes } from './units.ts'

/** sockaddr_un.sun_path holds 108 bytes with the final NUL (unix(7)). */
export const MAX_IPC_PATH = 107

export type Direction = 'pull' | 'push'
export type Mode = 'bind' | 'connect'

/** What an endpoint may say, by its scheme. */
export interface Scheme {
  modes: readonly Mode[]
  /** Query keys by direction, and of both modes: their words, or what throws RangeError for a value that is none. Without them it has no such side. */
  query: { readonly [D in Direction]?: Keys }
  /** Those that may be given several times, of the pull side. */
  lists?: readonly string[]
  /** Query keys by mode. */
  secured?: { readonly [M in Mode]: Keys }
  /** The address in the form that the transport wants. Throws Misuse. */
  address(rest: string, mode: Mode, scheme: string): string
  /** Throws Misuse for what is known and does not go together. */
  check?(query: { readonly [key: string]: string }): void
}

export interface Keys {
  readonly [key: string]: readonly string[] | ((value: string) => unknown)
}

const ENCODING = ['json', 'msgpack']

const ZEROMQ_QUERY = {
  pull: { framing: ['batch', 'text'], encoding: ENCODING },
  push: { framing: ['batch', 'record', 'text'], encoding: ENCODING },
}

const PUB_QUERY = {
  push: { topic: parseTemplate, format: ['joined', 'frames'], encoding: ENCODING, queue: parseQueue },
}

const SUB_QUERY = { pull: { topic: topics, queue: parseQueue } }

const ACK_QUERY = { pull: { window: parseWindow }, push: {} }

export const CURVE = {
  connect: { 'server-key': readableName, curve: ['off'] },
  bind: { allow: readableName, curve: ['off'] },
}

export const SCHEMES: { readonly [scheme: string]: Scheme } = {
  '-': {
    modes: ['connect'],
    query: {
      pull: { encoding: ENCODING },
      push: { format: ['ndjson', 'pretty', 'text'], encoding: ENCODING },
    },
    address: () => '-',
    check: checkStream,
  },
  tcp: {
    modes: ['bind', 'connect'],
    query: ZEROMQ_QUERY,
    secured: CURVE,
    address: tcpAddress,
    check: checkFraming,
  },
  ipc: {
    modes: ['bind', 'connect'],
    query: ZEROMQ_QUERY,
    secured: CURVE,
    address: ipcAddress,
    check: checkFraming,
  },
  'ack+tcp': { modes: ['bind', 'connect'], query: ACK_QUERY, secured: CURVE, address: tcpAddress },
  'ack+ipc': { modes: ['bind', 'connect'], query: ACK_QUERY, secured: CURVE, address: ipcAddress },
  'pub+tcp': { modes: ['bind', 'connect'], query: PUB_QUERY, secured: CURVE, address: tcpAddress },
  'pub+ipc': { modes: ['bind', 'connect'], query: PUB_QUERY, secured: CURVE, address: ipcAddress },
  'sub+tcp': {
    modes: ['bind', 'connect'],
    query: SUB_QUERY,
    lists: ['topic'],
    secured: CURVE,
    address: tcpAddress,
  },
  'sub+ipc': {
    modes: ['bind', 'connect'],
    query: SUB_QUERY,
    lists: ['topic'],
    secured: CURVE,
    address: ipcAddress,
  },
  file: {
    modes: ['connect'],
    query: { pull: { encoding: ENCODING }, push: { format: ['ndjson', 'text'] } },
    address: filePath,
  },
}

/** Smaller, a pipe would stand still between two batches. */
const LEAST_WINDOW = 64 * 2 ** 10

function parseWindow(value: string): void {
  if (parseBytes(value) < LEAST_WINDOW) throw new Misuse(`window=${value}: at least 64KiB`)
}

function parseQueue(value: string): void {
  if (!/^[1-9]\d{0,5}$/.test(value))
    throw new Misuse(`queue=${value}: write how many events may wait, 1 to 999999`)
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

function topics(value: string): void {
  if (value.split(',').includes('')) throw new Misuse('the topic is empty; leave it out for all topics')
}

function checkFraming({ encoding, framing = 'record' }: { readonly [key: string]: string }): void {
  if (encoding === 'msgpack' && framing !== 'record')
    throw new Misuse(
      `framing=${framing} is not for encoding=msgpack, where a message is one value; leave it out`,
    )
}

function checkStream({ encoding, format }: { readonly [key: string]: string }): void {
  if (encoding === 'msgpack' && format !== undefined)
    throw new Misuse(`format=${format} is not for encoding=msgpack; leave one of them out`)
}
