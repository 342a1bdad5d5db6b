// The HTTP API of docs/store-api.md. Answers come from the thread that queries; live tails from what was just stored.

import { type Context, Hono } from 'hono'
import { parseQuery, parseTime, type Query, QueryError } from '../../lib/query/index.ts'
import type { WorkerThread } from '../../lib/worker.ts'
import { timeRange, withoutTimes } from './candidates.ts'
import type { Asked, QueryCalls } from './query-worker.ts'
import { parseCursor } from './search.ts'
import { exportStream, tailStream } from './streams.ts'
import type { TailHub } from './tail-hub.ts'

export interface ApiOptions {
  queries: WorkerThread<QueryCalls>
  tails: TailHub
  version: string
  keep: number
  keepBytes: number
}

/** Queries that wait at once: more would only all be late. */
const MOST_PENDING = 64

/** What is wrong with a request, and where. */
class BadRequest extends Error {
  readonly details: object

  constructor(code: 'bad-query' | 'bad-parameter', message: string, details: object) {
    super(message)
    this.details = { code, message, ...details }
  }
}

export function createApi(options: ApiOptions): Hono {
  const { queries, tails } = options
  const api = new Hono()

  api.use(async (c, next) => {
    c.header('sluice-api', '1')
    if (queries.pending < MOST_PENDING) return next()
    return c.json({ error: { code: 'busy', message: 'too many queries at once' } }, 503, {
      'retry-after': '1',
    })
  })

  api.get('/search', async c => {
    const after = c.req.query('before')
    const answer = await queries.call(
      'search',
      {
        ...askedOf(c),
        limit: integerOf(c, 'limit', 100, 1000),
        after: after === undefined ? undefined : checked('before', () => parseCursor(after)),
      },
      c.req.raw.signal,
    )
    return json(c, answer)
  })

  api.get('/histogram', async c => {
    const asked = { ...askedOf(c), buckets: integerOf(c, 'buckets', 60, 1000) }
    return json(c, await queries.call('histogram', asked, c.req.raw.signal))
  })

  api.get('/fields', async c => {
    const asked = {
      ...askedOf(c),
      field: c.req.query('field'),
      prefix: c.req.query('prefix') ?? '',
      limit: integerOf(c, 'limit', 20, 1000),
    }
    return json(c, await queries.call('fields', asked, c.req.raw.signal))
  })

  api.get('/tail', async c => {
    const query = queryOf(c)
    const last = integerOf(c, 'last', 0, 1000, 0)
    const resume = /^\d{1,15}$/.exec(c.req.header('last-event-id') ?? '')?.[0]
    const stream = tailStream(
      queries,
      tails,
      query,
      { last, resume: resume === undefined ? undefined : Number(resume) },
      c.req.raw.signal,
    )
    return c.body(stream, 200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  })

  api.get('/export', async c => {
    const stream = exportStream(queries, askedOf(c), c.req.raw.signal)
    return c.body(stream, 200, {
      'content-type': 'application/x-ndjson',
      'content-disposition': 'attachment; filename="records.ndjson"',
    })
  })

  api.get('/about', async c => {
    const { version, keep, keepBytes } = options
    const about = await queries.call('about', undefined as never, c.req.raw.signal)
    const limits = { keep: keep || null, keepBytes: keepBytes || null }
    return c.json({ api: 1, version, ...about, ...limits, now: new Date().toISOString() })
  })

  api.onError((error, c) => {
    if (error instanceof BadRequest) return c.json({ error: error.details }, 400)
    throw error
  })
  return api
}

function json(c: Context, text: string): Response {
  return c.body(text, 200, { 'content-type': 'application/json; charset=utf-8' })
}

function queryOf(c: Context): Query {
  const text = c.req.query('q') ?? ''
  try {
    return parseQuery(text, Date.now())
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    const { position, length, message } = error
    throw new BadRequest('bad-query', message, { parameter: 'q', position, length })
  }
}

/** The query and its range: that of the parameters, narrowed by the times in the query itself. */
function askedOf(c: Context): Asked {
  const query = queryOf(c)
  const inQuery = timeRange(query)
  const from = timeOf(c, 'from') ?? Number.NEGATIVE_INFINITY
  const to = timeOf(c, 'to') ?? Number.POSITIVE_INFINITY
  return {
    query: withoutTimes(query),
    from: Math.max(from, inQuery.from),
    to: Math.min(to, inQuery.to),
  }
}

function timeOf(c: Context, name: string): number | undefined {
  const text = c.req.query(name)
  return text === undefined || text === '' ? undefined : checked(name, () => parseTime(text, Date.now()))
}

function integerOf(c: Context, name: string, otherwise: number, most: number, least = 1): number {
  const text = c.req.query(name)
  if (text === undefined) return otherwise
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new BadRequest('bad-parameter', `${name} is a whole number from ${least} to ${most}`, {
    parameter: name,
  })
}

function checked<T>(parameter: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new BadRequest('bad-parameter', `${parameter}: ${(error as Error).message}`, { parameter })
  }
}
