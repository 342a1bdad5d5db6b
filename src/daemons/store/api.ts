// The HTTP API of docs/store-api.md. Answers come from the thread that queries; live tails from what was just stored.

import { type Context, Hono } from 'hono'
import { codeOf } from '../../lib/index.ts'
import { BadRequest } from '../../lib/serve/parameters.ts'
import { parseCursor } from './cursor.ts'
import { Parameters } from './parameters.ts'
import { type Asking, exportStream, tailStream } from './streams.ts'
import type { TailHub } from './tail-hub.ts'

export interface ApiOptions {
  queries: Asking
  tails: TailHub
  version: string
  keep: number
  keepBytes: number
}

/** Questions that wait at once: more would only all be late. */
const MOST_PENDING = 64

/** What a query is asked of. */
const ASKED = ['q', 'from', 'to'] as const

export function createApi(options: ApiOptions): Hono {
  const { queries, tails } = options
  const api = new Hono()

  api.use(async (c, next) => {
    c.header('sluice-api', '1')
    return next()
  })

  // Before the one that refuses: whoever looks why there is no answer shall have one.
  api.get('/about', async c => {
    new Parameters(c, [])
    const { version, keep, keepBytes } = options
    const { whole: _, ...about } = await queries.call('about', undefined, c.req.raw.signal)
    const limits = { keep: keep || null, keepBytes: keepBytes || null }
    return c.json({ api: 1, version, ...about, ...limits, now: new Date().toISOString() })
  })

  api.use(async (c, next) => {
    if (queries.pending < MOST_PENDING) return next()
    return busy(c, 'too many questions at once; try again in a second', 1)
  })

  api.get('/search', async c => {
    const parameters = new Parameters(c, [...ASKED, 'limit', 'before'])
    const asked = {
      ...parameters.asked(),
      limit: parameters.integer('limit', 100, 1000),
      after: parameters.parsed('before', parseCursor),
    }
    return json(c, await queries.call('search', asked, c.req.raw.signal))
  })

  api.get('/histogram', async c => {
    const parameters = new Parameters(c, [...ASKED, 'buckets'])
    const asked = { ...parameters.asked(), buckets: parameters.integer('buckets', 60, 1000) }
    return json(c, await queries.call('histogram', asked, c.req.raw.signal))
  })

  api.get('/fields', async c => {
    const parameters = new Parameters(c, [...ASKED, 'field', 'prefix', 'limit'])
    const asked = {
      ...parameters.asked(),
      field: parameters.text('field'),
      prefix: parameters.text('prefix') ?? '',
      limit: parameters.integer('limit', 20, 1000),
    }
    return json(c, await queries.call('fields', asked, c.req.raw.signal))
  })

  api.get('/tail', c => {
    const parameters = new Parameters(c, ['q', 'last'])
    const query = parameters.query('q')
    const last = parameters.integer('last', 0, 1000, 0)
    if (tails.full) return busy(c, 'too many live tails at once; try again when others have ended', 10)
    const lastId = c.req.header('last-event-id') || undefined
    const stream = tailStream(queries, tails, query, { last, lastId }, c.req.raw.signal)
    return c.body(stream, 200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  })

  api.get('/export', c => {
    const stream = exportStream(queries, new Parameters(c, ASKED).asked(), c.req.raw.signal)
    return c.body(stream, 200, {
      'content-type': 'application/x-ndjson',
      'content-disposition': 'attachment; filename="records.ndjson"',
    })
  })

  api.onError((error, c) => {
    if (error instanceof BadRequest) return c.json({ error: error.details }, 400)
    if (codeOf(error) === 'ERR_QUERIES_ENDED')
      return busy(c, 'the question was cut short; try again in a second', 1)
    throw error
  })
  return api
}

function json(c: Context, text: string): Response {
  return c.body(text, 200, { 'content-type': 'application/json; charset=utf-8' })
}

function busy(c: Context, message: string, seconds: number): Response {
  return c.json({ error: { code: 'busy', message } }, 503, { 'retry-after': String(seconds) })
}
