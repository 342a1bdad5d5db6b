// The HTTP API of docs/store-api.md. Answers come from the thread that queries; live tails from what was just stored.

import { type Context, Hono } from 'hono'
import { codeOf } from '../../lib/index.ts'
import { parseQuery, parseTime, type Query, QueryError } from '../../lib/query/index.ts'
import { parseCursor } from './cursor.ts'
import type { Asked } from './query-worker.ts'
import { type Asking, exportStream, tailStream } from './streams.ts'
import type { TailHub } from './tail-hub.ts'
import { timeRange, withoutTimes } from './time-range.ts'

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
    return next()
  })

  // Before the one that refuses: whoever looks why there is no answer shall have one.
  api.get('/about', async c => {
    new Parameters(c, [])
    const { version, keep, keepBytes } = options
    const about = await queries.call('about', undefined, c.req.raw.signal)
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
    const query = parameters.query()
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

/** The parameters of a request. Throws BadRequest for those that are not known here, or there twice. */
class Parameters {
  readonly #given: URLSearchParams

  constructor(c: Context, known: readonly string[]) {
    this.#given = new URL(c.req.url).searchParams
    const here = known.length > 0 ? `here are ${known.join(', ')}` : 'here is none'
    for (const name of this.#given.keys()) {
      if (!known.includes(name)) throw badParameter(name, `"${name}" is not a parameter; ${here}`)
      if (this.#given.getAll(name).length > 1)
        throw badParameter(name, `${name} is there more than once; give it once`)
    }
  }

  text(name: string): string | undefined {
    return this.#given.get(name) ?? undefined
  }

  /** Undefined when it is not there. */
  parsed<T>(name: string, parse: (text: string) => T): T | undefined {
    const text = this.text(name)
    try {
      return text === undefined ? undefined : parse(text)
    } catch (error) {
      throw badParameter(name, `${name}: ${(error as Error).message}`)
    }
  }

  integer(name: string, otherwise: number, most: number, least = 1): number {
    const text = this.text(name)
    if (text === undefined) return otherwise
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw badParameter(name, `${name} is a whole number from ${least} to ${most}`)
  }

  query(): Query {
    try {
      return parseQuery(this.text('q') ?? '', Date.now())
    } catch (error) {
      if (!(error instanceof QueryError)) throw error
      const { position, length, message } = error
      throw new BadRequest('bad-query', message, { parameter: 'q', position, length })
    }
  }

  /** The query and its range: that of the parameters, narrowed by the times in the query itself. */
  asked(): Asked {
    const query = this.query()
    const inQuery = timeRange(query)
    const from = this.#time('from') ?? Number.NEGATIVE_INFINITY
    const to = this.#time('to') ?? Number.POSITIVE_INFINITY
    return {
      query: withoutTimes(query),
      from: Math.max(from, inQuery.from),
      to: Math.min(to, inQuery.to),
    }
  }

  #time(name: string): number | undefined {
    return this.parsed(name, text => (text === '' ? undefined : parseTime(withPlus(text), Date.now())))
  }
}

/** A `+` that was not written as %2B arrives as a space; behind a time of day, only a zone can follow it. */
function withPlus(text: string): string {
  return text.replace(/(\d:\d\d\S*) (\d\d(?::?\d\d)?)$/, '$1+$2')
}

function badParameter(parameter: string, message: string): BadRequest {
  return new BadRequest('bad-parameter', message, { parameter })
}
