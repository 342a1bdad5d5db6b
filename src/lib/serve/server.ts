import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, isIP } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Context } from '../daemon.ts'
import { codeOf, Fatal, messageOf } from '../errors.ts'
import { formatHostPort } from '../host-port.ts'
import { checkHttp, type HttpOptions } from '../serve.ts'
import { serverOptions } from '../tls/pem.ts'
import { Connections } from './connections.ts'
import { type HttpFiles, readHttpFiles } from './credentials.ts'
import { createFace } from './face.ts'
import { Doorkeeper } from './login.ts'
import { SafeResponse } from './response.ts'

export interface Limits {
  /** The most bytes of a request's body. Infinite where the app takes bodies as they come, and counts by itself. */
  body: number
  /** The most connections at a time. */
  connections: number
  /** How long running requests may take to end when it is closed. */
  grace: number
  /** How long nothing may move on a connection: its client does not read, or is gone. */
  silence: number
  /** How long all of a request may take to come; 0 where the app looks after that by itself. */
  request: number
  /** How long who brings a wrong token waits for the answer. */
  wrongToken: number
}

const LIMITS: Limits = {
  body: 1024 * 1024,
  connections: 1000,
  grace: 2000,
  silence: 120_000,
  request: 30_000,
  wrongToken: 1000,
}

const TIMES = {
  headersTimeout: 10_000,
  // Node looks only every 30 s by itself.
  connectionsCheckingInterval: 5_000,
  // Longer than the 60 s of nginx, which else sends a request into a connection that we are closing.
  keepAliveTimeout: 65_000,
}

/** An HTTP server that listens. */
export interface Served {
  readonly url: string
  /** Reads the token, the certificate and its key again. Throws Misuse, and keeps the old ones, when they will not do. */
  reload(): void
  close(): Promise<void>
}

/** Serves an app to those who may see it, until the context's end. Returns its URL. */
export async function serve(
  options: HttpOptions,
  app: Hono,
  context: Context,
  some?: Partial<Limits>,
): Promise<string> {
  const served = await openServer(options, app, context, some)
  context.defer(() => served.close())
  context.onReload(() => served.reload())
  context.listening(served.url)
  return served.url
}

/** Throws Misuse for options or files that will not do, Fatal for an address that is taken. */
export async function openServer(
  options: HttpOptions,
  app: Hono,
  { log }: Pick<Context, 'log'>,
  some: Partial<Limits> = {},
): Promise<Served> {
  checkHttp(options)
  const limits = { ...LIMITS, ...some }
  const files = readHttpFiles(options)
  const door = files.token === undefined ? undefined : new Doorkeeper(files.token, limits.wrongToken)
  const handle = createFace(app, { names: namesOf(options), door, maxBody: limits.body, log })
  const server = createNodeServer(files, limits)
  const connections = new Connections(server)
  // Node reads what is left of a body that nobody wants, so that its client gets to read the answer. The adapter would cut
  // the client off after half a second.
  const listener = { autoCleanupIncoming: false }
  server.on('request', getRequestListener(handle as Parameters<typeof getRequestListener>[0], listener))
  server.maxConnections = limits.connections
  server.setTimeout(limits.silence)
  server.on('request', (_, response) => bearWith(response, limits.silence))
  server.on('drop', () => connections.endIdle())
  await listen(server, options)
  // Of a connection that could not be accepted, for want of descriptors: nothing that others should suffer from.
  server.on('error', error => log.warn(`--http: ${messageOf(error)}`))
  return {
    url: urlOf(server, options),
    reload() {
      const fresh = readHttpFiles(options)
      if (fresh.cert) (server as ReturnType<typeof createTlsServer>).setSecureContext(tlsOf(fresh))
      if (door && fresh.token !== undefined) door.token = fresh.token
      log.info('--http: token, certificate and key were read again')
    },
    close: () => connections.close(limits.grace),
  }
}

/** An answer that is still being made keeps its connection, however long that takes: it is not the client who is silent. */
function bearWith(response: ServerResponse, silence: number): void {
  response.on('timeout', socket => {
    if (response.writableLength > 0 || response.writableEnded) socket.destroy()
    else socket.setTimeout(silence)
  })
}

function createNodeServer(files: HttpFiles, { request }: Limits): Server {
  // The types want one class for requests of every kind; all of ours are the same.
  const own = { requestTimeout: request, ServerResponse: SafeResponse as typeof ServerResponse }
  const options = { ...TIMES, ...own }
  return files.cert ? createTlsServer({ ...options, ...tlsOf(files) }) : createServer(options)
}

function tlsOf({ cert, key, clientCa }: HttpFiles): TlsOptions {
  return serverOptions({ cert: cert!, key: key!, ...(clientCa && { clientCa }) }, '--http')
}

async function listen(server: Server, { http: { host, port } }: HttpOptions): Promise<void> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    const why = codeOf(error) === 'EADDRINUSE' ? 'is in use by another program' : messageOf(error)
    throw new Fatal(`--http ${formatHostPort(host ?? '*', port)}: ${why}`)
  }
}

/** A name that it listens at is one of its names. */
function namesOf({ http: { host }, httpName }: HttpOptions): ReadonlySet<string> {
  const names = host !== undefined && isIP(host) === 0 ? [...httpName, host] : httpName
  return new Set(names.map(name => name.toLowerCase()))
}

function urlOf(server: Server, { http: { host }, httpCert }: HttpOptions): string {
  const { address, port } = server.address() as AddressInfo
  return `${httpCert ? 'https' : 'http'}://${formatHostPort(host ?? address, port)}`
}
