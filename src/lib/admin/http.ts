import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Writable } from 'node:stream'
// Its parts, and not `prom-client`, which brings OpenTelemetry and a client of its own: 35 ms at the first question, instead of 3.
import Counter from 'prom-client/lib/counter.js'
import Gauge from 'prom-client/lib/gauge.js'
import Registry from 'prom-client/lib/registry.js'
import { isLoopback, parseHostPort } from '../host-port.ts'
import { askedOf, refusalOfPage, tokenIn } from '../serve/guard.ts'
import { linger } from '../serve/linger.ts'
import type { Token } from '../serve/token.ts'
import type { AdminHandler } from './handler.ts'
import type { Metric } from './metric.ts'

/** What the admin faces show. */
export interface AdminView {
  status(): unknown
  metrics(): readonly Metric[]
  /** Reasons why it is not ready; none when it is. */
  waiting(): readonly string[]
  /** What the daemons answer, by path. */
  readonly handlers: ReadonlyMap<string, AdminHandler>
}

/** Who may ask at an address. The unix socket has the rights of a file, and needs none. */
export interface AdminGuard {
  token?: Token | undefined
  /** It speaks TLS. */
  isSecure: boolean
}

/** Bytes that may be posted. */
const MOST = 1024 * 1024

/**
 * Returns what speaks HTTP on a connection that somebody else accepted, one question on each.
 * @param asked called when one has been asked
 */
export function speakHttp(
  view: AdminView,
  guard?: AdminGuard,
  asked: (socket: Socket) => void = () => {},
): (socket: Socket) => void {
  const server = createServer((request, response) => {
    response.shouldKeepAlive = false
    // Else who asks may still have a body to send.
    if (request.method !== 'POST') asked(request.socket)
    answer(request, view, guard, asked)
      .catch((error): Answer => plain(500, String(error)))
      .then(async answer => {
        if (answer.status >= 400) await linger({ incoming: request, outgoing: response })
        respond(response, answer)
      })
  })
  return socket => server.emit('connection', socket)
}

interface Answer {
  status: number
  type: string
  body: string
  headers?: { [name: string]: string }
  /** Takes the place of the body. */
  stream?: (out: Writable) => void
}

async function answer(
  request: IncomingMessage,
  view: AdminView,
  guard: AdminGuard | undefined,
  asked: (socket: Socket) => void,
): Promise<Answer> {
  const refused = guard && (await refuse(request, guard))
  if (refused) return refused
  const path = request.url?.split('?')[0] ?? ''
  const handler = view.handlers.get(path)
  if (handler) return answerOf(handler, request, guard, asked)
  if (!PATHS.includes(path))
    return plain(404, `there is nothing here; there are ${[...PATHS, ...view.handlers.keys()].join(', ')}`)
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'only GET')
  switch (path) {
    case '/healthz':
      return plain(200, 'ok')
    case '/readyz': {
      const waiting = view.waiting()
      return waiting.length === 0 ? plain(200, 'ready') : plain(503, waiting.join('\n'))
    }
    case '/metrics': {
      const registry = registryOf(view.metrics())
      return { status: 200, type: registry.contentType, body: await registry.metrics() }
    }
    default:
      return { status: 200, type: 'application/json', body: `${JSON.stringify(view.status(), null, 2)}\n` }
  }
}

/** What is said to who may not ask. */
async function refuse(
  request: IncomingMessage,
  { token, isSecure }: AdminGuard,
): Promise<Answer | undefined> {
  // A page in a browser that was lured to this port has its own host name in the request (DNS rebinding). It can neither know the
  // token, nor have the certificate that belongs to its name.
  if (!token && !isSecure && !isLocal(request))
    return plain(403, 'this face answers only under a loopback name')
  const stranger = refusalOfPage(askedOf(request, false), NO_NAMES)
  if (stranger) return plain(stranger.status, stranger.message)
  if (!token) return undefined
  const given = tokenIn(request.headers)
  if (given === undefined) return unauthorized('send the token as "Authorization: Bearer TOKEN"')
  if (token.isRight(given)) return undefined
  if (await token.slowly()) return unauthorized('the token is wrong')
  return { ...plain(429, 'too many wrong tokens; try again soon'), headers: { 'retry-after': '1' } }
}

const NO_NAMES = new Set<string>()

function unauthorized(message: string): Answer {
  return { ...plain(401, message), headers: { 'www-authenticate': 'Bearer' } }
}

const PATHS = ['/healthz', '/readyz', '/metrics', '/status']

function plain(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` }
}

/** A page in a browser can post to a port of this host without asking; the unix socket has the rights of a file. */
async function answerOf(
  handler: AdminHandler,
  request: IncomingMessage,
  // Known of the face. (Of the socket it is not any more when its peer has reset it.)
  guard: AdminGuard | undefined,
  asked: (socket: Socket) => void,
): Promise<Answer> {
  const isPost = request.method === 'POST'
  if (!isPost && request.method !== 'GET') return plain(405, 'only GET and POST')
  if (isPost && guard) return plain(403, 'only on the unix socket')
  const posted = isPost ? await readBody(request) : Buffer.alloc(0)
  asked(request.socket)
  if (!posted) return plain(413, `at most ${MOST} bytes`)
  const { status, body, stream } = await handler({
    method: isPost ? 'POST' : 'GET',
    body: posted,
    query: new URLSearchParams(request.url?.replace(/^[^?]*/, '')),
    isTrusted: !guard || guard.token !== undefined || hasCertificate(request.socket),
  })
  if (stream) return { status, type: 'application/x-ndjson', body: '', stream }
  if (typeof body === 'string') return plain(status, body)
  return { status, type: 'application/json', body: `${JSON.stringify(body, null, 2)}\n` }
}

/** One of an authority that the face knows. */
function hasCertificate(socket: Socket): boolean {
  return 'authorized' in socket && socket.authorized === true
}

/** Undefined when it is too much, which is read all the same: one who still writes would not hear the answer. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length
    if (length <= MOST) pieces.push(piece)
  }
  return length <= MOST ? Buffer.concat(pieces) : undefined
}

function isLocal({ headers }: IncomingMessage): boolean {
  const host = headers.host ?? ''
  try {
    return isLoopback(parseHostPort(/:\d+$/.test(host) ? host : `${host}:80`).host)
  } catch {
    return false
  }
}

function respond(response: ServerResponse, { status, type, body, headers, stream }: Answer): void {
  response.writeHead(status, {
    ...headers,
    'content-type': type,
    ...(!stream && { 'content-length': Buffer.byteLength(body) }),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  if (!stream) return void response.end(body)
  // It may be silent for as long as nothing goes by. That nobody is there any more is seen when something is written.
  response.socket?.setTimeout(0)
  response.flushHeaders()
  stream(response)
}

/** The numbers are ours; the text format and its escapes are prom-client's. */
function registryOf(metrics: readonly Metric[]): Registry {
  const registry = new Registry()
  for (const { name, help, type, samples } of metrics) {
    // prom-client would say 0, without any label, of what is not open yet.
    if (samples.length === 0) continue
    const labelNames = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))]
    const options = { name, help, labelNames, registers: [registry] }
    if (type === 'gauge') {
      const gauge = new Gauge(options)
      for (const { labels, value } of samples) gauge.set(labels, value)
    } else {
      const counter = new Counter(options)
      for (const { labels, value } of samples) counter.inc(labels, value)
    }
  }
  return registry
}
