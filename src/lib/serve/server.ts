import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, isIP } from 'node:net'
import type { Server as TlsServer } from 'node:tls'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Context } from '../daemon.ts'
import { messageOf } from '../errors.ts'
import { formatHostPort, type HostPort } from '../host-port.ts'
import { cannotListen } from '../listening.ts'
import { checkHttp, checkPublicHttp, checkReach, type ServeOptions } from '../serve.ts'
import { type FromSystemd, isFromSystemd } from '../systemd/listen-address.ts'
import { MANY_CONNECTIONS } from '../systemd/sockets.ts'
import { Refusals } from '../tcp/refusals.ts'
import { Certificates } from '../tls/certificates.ts'
import { tlsSettings } from '../tls/options.ts'
import { AccountTokens } from './account-tokens.ts'
import { Connections } from './connections.ts'
import { createComplaint, FAILED, sendError } from './errors.ts'
import { createFace, pathOf } from './face.ts'
import { createGuard, type Guard, type Welcome } from './guard.ts'
import { Doorkeeper } from './login.ts'
import { Origins } from './origins.ts'
import { keepFresh } from './reread.ts'
import { SafeResponse } from './response.ts'
import { Token } from './token.ts'
import { asksForWebSocket, guardUpgrade, type Upgrade } from './upgrade.ts'
import { WRONG_TOKEN, WrongTokens } from './wrong-tokens.ts'

export interface Limits {
  /** It is made for the pages of others: everybody may ask it, under any name and without a token. */
  isPublic: boolean
  /** Takes over connections whose clients want to speak WebSocket; without it they are answered as any other request. */
  upgrade?: Upgrade
  /**
   * Answers by itself what is asked most, of a face that is public: nothing is in front of it but the headers that every answer
   * has, and it costs about what Node does (hono and our guards as much again). False where it is for the app.
   * @param guard to be asked before anything but a picture is answered
   */
  direct?(request: IncomingMessage, response: SafeResponse, guard: Guard): boolean
  /** Told of each request that is refused because a page of this origin sent it. */
  foreign?(origin: string): void
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
  /** Told of each connection that was refused because TLS was not agreed. */
  refused(): void
}

const LIMITS: Limits = {
  isPublic: false,
  body: 1024 * 1024,
  connections: 1000,
  grace: 2000,
  silence: 120_000,
  request: 30_000,
  wrongToken: WRONG_TOKEN,
  refused: () => {},
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
  close(): Promise<void>
}

/** Serves an app to those who may see it, until the context's end. Returns its URL. */
export async function serve(
  options: ServeOptions,
  app: Hono,
  context: Context,
  some?: Partial<Limits>,
): Promise<string> {
  const served = await openServer(options, app, context, some)
  context.defer(() => served.close())
  context.listening(served.url)
  return served.url
}

/** Throws Misuse for options or files that will not do, Fatal for an address that is taken. */
export async function openServer(
  options: ServeOptions,
  app: Hono,
  context: Pick<Context, 'log' | 'sockets' | 'onReload' | 'defer' | 'certificates'>,
  some: Partial<Limits> = {},
): Promise<Served> {
  const limits = { ...LIMITS, ...some }
  const { isPublic } = limits
  if (isPublic) checkPublicHttp(options)
  else checkHttp(options)
  const { log, sockets } = context
  const { httpTokenFile, accountTokens } = options
  const wrong = new WrongTokens(limits.wrongToken)
  const token = httpTokenFile ? new Token('--http-token-file', httpTokenFile, wrong) : undefined
  const accounts = accountTokens ? new AccountTokens('--account-tokens', accountTokens) : undefined
  const door = token || accounts ? new Doorkeeper({ token, accounts, wrong }) : undefined
  const origins = new Origins(options.allowOrigin)
  const welcome: Welcome = { names: hostNames(options), origins, isPublic }
  const guard = createGuard(welcome, door !== undefined, limits.foreign)
  const handle = createFace(app, { guard, origins, door, maxBody: limits.body, log })
  const certificates = Certificates.open(tlsSettings(options, 'tls'), context)
  const server = createNodeServer(certificates, limits)
  const refusals = new Refusals(log, limits.refused)
  // As many may be about to agree on TLS, and no more, so that there is room for those who have.
  certificates?.guard(server as unknown as TlsServer, {
    refusals,
    handshakes: Math.ceil(limits.connections / 2),
  })
  for (const file of [token, accounts]) if (file) keepFresh(file, context)
  const connections = new Connections(server)
  // Node reads what is left of a body that nobody wants, so that its client gets to read the answer. The adapter would cut
  // the client off after half a second.
  const listener = { autoCleanupIncoming: false }
  const direct = isPublic && !door ? safely(limits.direct, log) : undefined
  const answer = getRequestListener(handle as Parameters<typeof getRequestListener>[0], listener)
  server.on('request', (request, response) => {
    const safe = response as unknown as SafeResponse
    welcomeTo(safe, request, welcome)
    if (!direct?.(request, safe, guard)) answer(request, response)
  })
  server.maxConnections = limits.connections
  server.setTimeout(limits.silence)
  server.on('request', (_, response) => bearWith(response, limits.silence))
  server.on('drop', () => connections.makeRoom())
  const { upgrade } = limits
  if (upgrade) {
    // Whoever is refused stays one of ours, and is ended as the others are.
    const take: Upgrade = (request, socket, head) => {
      connections.leave(request.socket)
      upgrade(request, socket, head)
    }
    server.on('upgrade', guardUpgrade(take, welcome, door))
  }
  if (isFromSystemd(options.http)) await listenOnHanded(server, options, options.http, sockets, isPublic)
  else await listen(server, options.http)
  // Of a connection that could not be accepted, for want of descriptors: nothing that others should suffer from.
  server.on('error', error => log.warn(`--http: ${messageOf(error)}`))
  return {
    url: urlOf(server, options),
    close: () => connections.close(limits.grace),
  }
}

/** A mistake of ours ends one request, and not the process. */
function safely(direct: Limits['direct'], log: Context['log']): Limits['direct'] {
  const complain = createComplaint(log)
  return (request, response, guard) => {
    try {
      return direct?.(request, response, guard) ?? false
    } catch (error) {
      complain(error, pathOf(request.url))
      if (response.headersSent) response.destroy()
      else sendError(response, 500, FAILED)
      return true
    }
  }
}

/** Who else may read the answer. */
function welcomeTo(
  response: SafeResponse,
  { headers }: IncomingMessage,
  { isPublic, origins }: Welcome,
): void {
  response.isPublic = isPublic === true
  response.dependsOnOrigin = origins?.areSome === true
  if (origins?.allows(headers.origin)) response.readableBy = headers.origin
}

/** An answer that is still being made keeps its connection, however long that takes: it is not the client who is silent. */
function bearWith(response: ServerResponse, silence: number): void {
  response.on('timeout', socket => {
    if (response.writableLength > 0 || response.writableEnded) socket.destroy()
    else socket.setTimeout(silence)
  })
}

function createNodeServer(certificates: Certificates | undefined, { request, upgrade }: Limits): Server {
  // The types want one class for requests of every kind; all of ours are the same.
  const own = { requestTimeout: request, ServerResponse: SafeResponse as typeof ServerResponse }
  // A server may ignore what it does not speak (RFC 9110 section 7.8): `curl --http2` asks for h2c, and is answered as ever. (Node
  // before 24.9 hands it over all the same, and it is refused.)
  const upgrades = upgrade && { shouldUpgradeCallback: asksForWebSocket }
  const options = { ...TIMES, ...own, ...upgrades }
  return certificates ? createTlsServer({ ...options, ...certificates.options }) : createServer(options)
}

async function listenOnHanded(
  server: Server,
  options: ServeOptions,
  address: FromSystemd,
  sockets: Context['sockets'],
  isPublic: boolean,
): Promise<void> {
  const one = { flag: '--http', kinds: ['TCP'], instead: '127.0.0.1:8514' } as const
  const { fd, host, port } = await sockets.takeOne(address, one)
  const tokenFile = options.httpTokenFile ?? options.accountTokens
  const face = { flag: '--http', tokenFile, tls: tlsSettings(options, 'tls') }
  checkReach({ ...face, isPublic }, { host: host!, port: port! })
  server.listen({ fd, backlog: MANY_CONNECTIONS })
  await once(server, 'listening')
}

async function listen(server: Server, http: HostPort): Promise<void> {
  try {
    server.listen(http.port, http.host)
    await once(server, 'listening')
  } catch (error) {
    throw cannotListen(http, error, '--http')
  }
}

/** A name that it listens at is one of its names. */
function hostNames({ http, httpName }: ServeOptions): ReadonlySet<string> {
  const host = isFromSystemd(http) ? undefined : http.host
  const names = host !== undefined && isIP(host) === 0 ? [...httpName, host] : httpName
  return new Set(names.map(name => name.toLowerCase()))
}

function urlOf(server: Server, { http, tlsCert }: ServeOptions): string {
  const host = isFromSystemd(http) ? undefined : http.host
  const { address, port } = server.address() as AddressInfo
  return `${tlsCert ? 'https' : 'http'}://${formatHostPort(host ?? address, port)}`
}
