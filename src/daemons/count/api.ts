// The HTTP API of docs/count.md.

import { type Context, Hono } from 'hono'
import { rawJson } from '../../lib/json.ts'
import { errorResponse } from '../../lib/serve/errors.ts'
import { BadRequest, Parameters } from '../../lib/serve/parameters.ts'
import { accountAsking, keysFor, maySee } from './access.ts'
import type { Buckets } from './buckets.ts'
import { keyOfHash, keyOfPath } from './key.ts'
import type { Metrics } from './metrics.ts'
import { countsOf, pointsAsked } from './series-asked.ts'
import { type Store, Unavailable } from './store.ts'

export interface ApiOptions {
  store: Store
  metrics: Metrics
  buckets: Buckets
}

export function createApi(options: ApiOptions): Hono {
  const api = new Hono()
  const series = (path: string) => api.get(`${path}/*`, c => answerSeries(c, restOf(c, path), options))
  series('/series')
  series('/api/v1/series')
  api.get('/api/v1/keys', c => answerKeys(c, options))
  api.get('/api/v1/hashes/*', c => answerHash(c, restOf(c, '/api/v1/hashes'), options))
  api.get('/*', async (c, next) => {
    const name = restOf(c, '')
    if (name !== undefined && /\/\d{4}(?:\/\d{1,2})*$/.test(name)) return answerHash(c, name, options)
    await next()
    if (c.res.status === 404) c.res = noHash()
    return undefined
  })
  api.onError(error => {
    if (error instanceof BadRequest) return Response.json({ error: error.details }, { status: 400 })
    if (error instanceof Unavailable)
      return errorResponse(503, error.message, { headers: { 'retry-after': '5' } })
    throw error
  })
  return api
}

function noHash(): Response {
  return errorResponse(
    404,
    'a hash is a key and a year, or a month, a day, an hour of two digits each, as in /acme/pageview/2013/09',
  )
}

/** What stands behind this path in the address: a key, or a hash. */
function restOf(c: Context, path: string): string | undefined {
  return keyOfPath(new URL(c.req.url).pathname.slice(path.length + 1))
}

async function answerHash(
  c: Context,
  name: string | undefined,
  { store, metrics }: ApiOptions,
): Promise<Response> {
  const key = name && keyOfHash(name)
  if (!key) return noHash()
  if (!maySee(c, key, metrics)) return forbidden()
  new Parameters(new URL(c.req.url).searchParams, [])
  const [fields = []] = await store.read([name])
  // An object would have 10 in front of 09.
  const members = fields.map(([field, value]) => `${JSON.stringify(field)}:${JSON.stringify(number(value))}`)
  return c.body(`{${members.join()}}`, 200, HEADERS)
}

async function answerSeries(c: Context, key: string | undefined, options: ApiOptions): Promise<Response> {
  if (key === undefined) return errorResponse(404, 'a series is of a key, as in /series/acme/pageview')
  const { metrics, buckets, store } = options
  if (!maySee(c, key, metrics)) return forbidden()
  const asked = new Parameters(new URL(c.req.url).searchParams, ['from', 'to', 'step'])
  const points = pointsAsked(asked, metrics.kindOf(key), buckets, store.now())
  const counts = await countsOf(points, key, store)
  return json(
    c,
    points.map(({ time, isGone }, n) => ({
      time: new Date(time).toISOString(),
      count: isGone ? null : number(counts[n]!),
    })),
  )
}

async function answerKeys(c: Context, { store, metrics }: ApiOptions): Promise<Response> {
  const parameters = new Parameters(new URL(c.req.url).searchParams, ['prefix', 'limit'])
  const limit = parameters.integer('limit', 100, 10_000)
  const found = await keysFor(accountAsking(c), parameters.text('prefix') ?? '', limit + 1, {
    store,
    metrics,
  })
  if (!found) return forbidden()
  const keys = found.slice(0, limit).map(([key, last]) => ({
    ...{ key, kind: metrics.kindOf(key) ?? 'count' },
    last: new Date(last).toISOString(),
  }))
  return json(c, { keys, more: found.length > limit })
}

/** As JSON, with all of its digits. */
function number(text: string): object {
  return rawJson(/^-?\d+(\.\d+)?$/.test(text) ? text : '0')
}

const HEADERS = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }

function json(c: Context, value: object): Response {
  return c.body(JSON.stringify(value), 200, HEADERS)
}

function forbidden(): Response {
  return errorResponse(403, 'this token is of another account')
}
