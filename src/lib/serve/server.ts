import { createServer, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server as TlsServer } from 'node:tls'
import type { Hono } from 'hono'
import type { Context } from '../daemon.ts'
import { messageOf } from '../errors.ts'
import type { ServeOptions } from '../serve.ts'
import { Refusals } from '../tcp/refusals.ts'
import { Certificates } from '../tls/certificates.ts'
import { tlsSettings } from '../tls/options.ts'
import { answerRequests } from './answer.ts'
import { Connections } from './connections.ts'
import { type Entrance, openEntrance } from './entrance.ts'
import { LIMITS, type Limits } from './limits.ts'
import { listen } from './listen.ts'
import { SafeResponse } from './response.ts'
import { asksForWebSocket, guardUpgrade, type Upgrade } from './upgrade.ts'

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
  const { log } = context
  const entrance = openEntrance(options, limits, context)
  const certificates = Certificates.open(tlsSettings(options, 'tls'), context)
  const server = createNodeServer(certificates, limits)
  server.maxConnections = limits.connections
  server.setTimeout(limits.silence)
  // As many may be about to agree on TLS, and no more, so that there is room for those who have.
  certificates?.guard(server as unknown as TlsServer, {
    refusals: new Refusals(log, limits.refused),
    handshakes: Math.ceil(limits.connections / 2),
  })
  const connections = new Connections(server)
  server.on('drop', () => connections.makeRoom())
  answerRequests(server, app, entrance, limits, log)
  if (limits.upgrade) server.on('upgrade', upgradeBy(limits.upgrade, entrance, connections))
  const url = await listen(server, options, context.sockets, limits.isPublic)
  // Of a connection that could not be accepted, for want of descriptors: nothing that others should suffer from.
  server.on('error', error => log.warn(`--http: ${messageOf(error)}`))
  return { url, close: () => connections.close(limits.grace) }
}

/** Whoever is refused stays one of ours, and is ended as the others are. */
function upgradeBy(upgrade: Upgrade, { welcome, door }: Entrance, connections: Connections): Upgrade {
  const take: Upgrade = (request, socket, head) => {
    connections.leave(request.socket)
    upgrade(request, socket, head)
  }
  return guardUpgrade(take, welcome, door)
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
