// The live API of docs/live-api.md, for every daemon that shows events.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, Hono } from 'hono'
import type { LogRecord } from '../record.ts'
import { errorResponse } from '../serve/errors.ts'
import { BadRequest } from '../serve/parameters.ts'
import { welcomeOf } from '../serve/visitor.ts'
import { version } from '../version.ts'
import type { Start } from './catch-up.ts'
import { EventStream, EventStreamClient } from './event-stream.ts'
import type { Subscription } from './group.ts'
import type { Live } from './live.ts'
import { readEvents, readRates } from './requests.ts'
import type { Scope } from './selection.ts'

/** Who shows events, and to whom. */
export interface LiveFace {
  kind: 'hub' | 'count'
  name: string
  /** Templates of what is counted. */
  keys?: readonly string[]
  timezone?: string
  /** Whether an event is of an account, for who came with the token of that; where it is not given, by its `account`. */
  sees?(record: LogRecord, account: string): boolean
  /**
   * What who asks may see; undefined: everything. Of the same account it is the same. Throws HTTPException for whom may see
   * nothing.
   */
  scopeOf?(request: IncomingMessage): Scope | undefined | Promise<Scope | undefined>
}

/** Seconds after which who was sent away may come again. */
export const COME_AGAIN = '10'

export function mountLive(app: Hono, live: Live, face: LiveFace): void {
  const scopeOf = async (c: Context) => face.scopeOf?.((c.env as HttpBindings).incoming)

  app.get('/api/v1/about', c =>
    answer(async () => {
      const { kind, name, keys = [], timezone = 'UTC' } = face
      const { topic } = live.options
      const account = (await scopeOf(c))?.account ?? null
      const fixed = { kind, name, version, topic, fields: live.rates.fields, keys, timezone, account }
      return c.json({ ...fixed, now: live.rates.time })
    }),
  )

  app.get('/api/v1/rates', c =>
    answer(async () => {
      const { searchParams } = new URL(c.req.url)
      const { selection, by } = readRates(searchParams, live.rates.fields, await scopeOf(c))
      const refusal = live.refusalOfChart(selection, by)
      if (refusal) return busy(live, refusal)
      return stream(c, live, response =>
        live.openChart(onGone => new EventStream(response, onGone), selection, by),
      )
    }),
  )

  app.get('/events', c =>
    answer(async () => {
      const { searchParams } = new URL(c.req.url)
      const { subscription, start } = readEvents(searchParams, await scopeOf(c))
      const refusal = live.refusalOf(subscription)
      if (refusal) return busy(live, refusal)
      const lastId = c.req.header('last-event-id') || undefined
      return stream(c, live, response => openStream(live, response, subscription, { ...start, lastId }))
    }),
  )
}

/** An answer that is written to as long as its client is there. */
function stream(c: Context, live: Live, open: (response: ServerResponse) => void): Response {
  const { incoming, outgoing } = c.env as HttpBindings
  if (incoming.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' })
  if (live.isClosing) {
    hangUp(live, outgoing)
    return RESPONSE_ALREADY_SENT
  }
  // Gone while its token was looked at: of that nobody would be told any more.
  if (outgoing.destroyed) return RESPONSE_ALREADY_SENT
  const isWelcome = welcomeOf(incoming)
  if (isWelcome)
    outgoing.once(
      'close',
      live.guests.add(isWelcome, () => outgoing.destroy()),
    )
  open(outgoing as ServerResponse)
  return RESPONSE_ALREADY_SENT
}

/** Without an answer: an EventSource that gets one, and no stream, never comes again. */
export function hangUp(live: Live, connection: { destroy(): void }): void {
  live.options.count('clientsRefused')
  connection.destroy()
}

function openStream(live: Live, response: ServerResponse, subscription: Subscription, start: Start): void {
  const client: EventStreamClient = new EventStreamClient(response, {
    onMissed: n => live.options.count('missed', n),
    onGone: () => live.leave(client),
    newest: () => live.placeFor(subscription.selection.account),
  })
  live.enter(client, subscription, start)
}

async function answer(make: () => Promise<Response>): Promise<Response> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof BadRequest) return Response.json({ error: error.details }, { status: 400 })
    throw error
  }
}

function busy(live: Live, message: string): Response {
  live.options.count('clientsRefused')
  return errorResponse(503, message, { headers: { 'retry-after': COME_AGAIN } })
}
