import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
// Its parts, and not `prom-client`, which brings OpenTelemetry and a client of its own: 35 ms at the first question, instead of 3.
import Counter from 'prom-client/lib/counter.js'
import Gauge from 'prom-client/lib/gauge.js'
import Registry from 'prom-client/lib/registry.js'
import { isLoopback, parseHostPort } from '../host-port.ts'
import type { AdminHandler } from './handler.ts'
import type { Metric } from './metrics.ts'

/** What the admin faces show. */
export interface AdminView {
  status(): unknown
  metrics(): readonly Metric[]
  /** Reasons why it is not ready; none when it is. */
  waiting(): readonly string[]
  /** What the daemons answer, by path. */
  readonly handlers: ReadonlyMap<string, AdminHandler>
}

/** Bytes that may be posted. */
const MOST = 1024 * 1024

/** Returns what speaks HTTP on a connection that somebody else accepted. */
export function speakHttp(view: AdminView): (socket: Socket) => void {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    answer(request, view).then(
      ({ status, type, body }) => respond(response, status, type, body),
      error => respond(response, 500, 'text/plain', `${error}\n`),
    )
  })
  return socket => server.emit('connection', socket)
}

interface Answer {
  status: number
  type: string
  body: string
}

async function answer(request: IncomingMessage, view: AdminView): Promise<Answer> {
  // A page in a browser that was lured to this port has its own host name in the request (DNS rebinding).
  if (!isLocal(request)) return plain(403, 'this face answers only under a loopback name')
  const path = request.url?.split('?')[0] ?? ''
  const handler = view.handlers.get(path)
  if (handler) return answerOf(handler, request)
  if (!PATHS.includes(path))
    return plain(404, `there is no ${path}; there are ${[...PATHS, ...view.handlers.keys()].join(', ')}`)
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

const PATHS = ['/healthz', '/readyz', '/metrics', '/status']

function plain(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` }
}

/** A page in a browser can post to a port of this host without asking; the unix socket has the rights of a file. */
async function answerOf(handler: AdminHandler, request: IncomingMessage): Promise<Answer> {
  const isPost = request.method === 'POST'
  if (!isPost && request.method !== 'GET') return plain(405, 'only GET and POST')
  if (isPost && request.socket.remoteAddress !== undefined) return plain(403, 'only on the unix socket')
  const posted = isPost ? await readBody(request) : Buffer.alloc(0)
  if (!posted) return plain(413, `at most ${MOST} bytes`)
  const { status, body } = await handler({ method: isPost ? 'POST' : 'GET', body: posted })
  if (typeof body === 'string') return plain(status, body)
  return { status, type: 'application/json', body: `${JSON.stringify(body, null, 2)}\n` }
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

function isLocal({ socket, headers }: IncomingMessage): boolean {
  // A unix socket has no address, and nobody reaches it through a browser.
  if (socket.remoteAddress === undefined) return true
  const host = headers.host ?? ''
  try {
    return isLoopback(parseHostPort(/:\d+$/.test(host) ? host : `${host}:80`).host)
  } catch {
    return false
  }
}

function respond(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
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
