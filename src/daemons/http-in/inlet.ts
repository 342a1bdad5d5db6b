import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { HttpBindings } from '@hono/node-server'
import { type Context as Call, Hono } from 'hono'
import type { Context } from '../../lib/index.ts'
import { ClientAddress } from '../../lib/serve/client-address.ts'
import { errorResponse } from '../../lib/serve/errors.ts'
import { nameOfClient } from '../../lib/tls/client-name.ts'
import type { BodyOptions } from './body-records.ts'
import { Gone, Refusal } from './refusal.ts'
import { type RequestOptions, Requests } from './requests.ts'

type InletContext = Context<'oversize' | 'requests' | 'refused' | 'busy' | 'left'>

export interface InletOptions extends Omit<RequestOptions, 'context'> {
  trustedProxy: readonly string[]
  tlsClientName: readonly string[]
}

/** What answers requests, and what looks after the records that they bring. */
export function createInlet(
  { trustedProxy, tlsClientName, ...options }: InletOptions,
  context: InletContext,
): { app: Hono; requests: Requests } {
  const requests = new Requests({ ...options, context })
  const clients = new ClientAddress(trustedProxy)
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.post('/', async c => {
    const incoming = c.env.incoming as IncomingMessage
    try {
      const accepted = await requests.receive(incoming, senderOf(incoming, clients, tlsClientName))
      context.count('requests')
      return c.json({ accepted })
    } catch (error) {
      return refuse(c, error, context)
    }
  })
  return { app: app as unknown as Hono, requests }
}

/** The address and, where it has a certificate of --tls-client-ca, the name by which that lets it in. */
function senderOf(
  { socket, headers }: IncomingMessage,
  clients: ClientAddress,
  allowed: readonly string[],
): BodyOptions['meta'] {
  const { remoteAddress = '', remotePort = 0 } = socket
  const peer = clients.of(remoteAddress, remotePort, headers['x-forwarded-for'] as string | undefined)
  const isSecure = (socket as TLSSocket).encrypted === true
  const { name } = isSecure ? nameOfClient(socket as TLSSocket, allowed, '--tls-client-name') : {}
  return name === undefined ? { peer } : { peer, sender: name }
}

function refuse(c: Call, error: unknown, context: InletContext): Response {
  if (error instanceof Gone) {
    context.count('left')
    return c.body(null, 400)
  }
  if (!(error instanceof Refusal)) throw error
  context.count(error.status === 503 ? 'busy' : 'refused')
  return errorResponse(error.status, error.message, { headers: error.headers })
}
