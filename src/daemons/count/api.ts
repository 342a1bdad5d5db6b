// The HTTP API of docs/count.md.

import { type Context, Hono } from 'hono'
import { rawJson } from '../../lib/json.ts'
import { parseTime } from '../../lib/query/index.ts'
import { errorResponse } from '../../lib/serve/errors.ts'
import { BadRequest, Parameters, withPlus } from '../../lib/serve/parameters.ts'
import { accountAsking, keysFor, maySee } from './access.ts'
import { type Buckets, MINUTE } from './buckets.ts'
import { formatDecimal, readDecimal } from './decimal.ts'
import { keyOfHash, keyOfPath } from './key.ts'
import type { Metrics } from './metrics.ts'
import { type Point, parseStep, pointsOf, type Range, type Step } from './series.ts'
import { type Store, Unavailable } from './store.ts'

export interface ApiOptions {
  store: Store
  metrics: Metrics
  buckets: Buckets
}

const MOST_POINTS = 10_000
/** What is read and added up for an answer: whoever asks must not keep others waiting. */
const MOST_BUCKETS = 50_000
/** So many points there are where nobody says from when. */
const USUAL_POINTS = 60

export function createApi(options: ApiOptions): Hono {
  const api = new Hono()
  const series = (path: string) => api.get(`${path}/*`, c => answerSeries(c, restOf(c, path), options))
  series('/series')
  series('/api/v1/series')
  api.get('/api/v1/keys', c => answerKeys(c, options))
  api.get('/api/v1/hashes/*', c => answerHash(c, restOf(c, '/api/v1/hashes'), options))
  api.get('/*', (c, next) => {
    const name = restOf(c, '')
    if (name === undefined || !/\/\d{4}(?:\/\d{1,2})*$/.test(name)) return next()
    return answerHash(c, name, options)
  })
  api.onError(error => {
    if (error instanceof BadRequest) return Response.json({ error: error.details }, { status: 400 })
    if (error instanceof Unavailable)
      return errorResponse(503, error.message, { headers: { 'retry-after': '5' } })
    throw error
  })
  return api
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
  if (!key)
    return errorResponse(
      404,
      'a hash is a key and a year, or a month, a day, an hour of two digits each, as in /acme/pageview/2013/09',
    )
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
  const parameters = new Parameters(new URL(c.req.url).searchParams, ['from', 'to', 'step'])
  const now = Date.now()
  const step = parameters.parsed('step', parseStep) ?? parseStep('hour')
  if (metrics.kindOf(key) === 'distinct' && !step.isWhole)
    throw badStep('who was seen twice cannot be told from two; the step is minute, hour, day or month')
  const range = rangeOf(parameters, step, buckets, now)
  const points = pointsOf(step, range, buckets, store.now(), { points: MOST_POINTS, buckets: MOST_BUCKETS })
  if (!points)
    throw badStep(
      `these are more than ${MOST_POINTS} points, or those of more than ${MOST_BUCKETS} minutes, hours, days or months; ask for a longer step, or a shorter time`,
    )
  const counts = await read(store, key, points)
  return json(
    c,
    points.map(({ time, isGone }, n) => ({
      time: new Date(time).toISOString(),
      count: isGone ? null : number(counts[n]!),
    })),
  )
}

/** The sums of the points, as text. */
async function read(store: Store, key: string, points: readonly Point[]): Promise<string[]> {
  const names = [...new Set(points.flatMap(({ fields }) => fields.map(([hash]) => hash)))]
  const hashes = await store.read(names.map(hash => `${key}/${hash}`))
  const found = new Map(names.map((hash, n) => [hash, new Map(hashes[n])]))
  return points.map(({ fields }) => {
    const values = fields.flatMap(([hash, field]) => found.get(hash)?.get(field) ?? [])
    return values.length === 1 ? values[0]! : sumOf(values)
  })
}

function rangeOf(parameters: Parameters, step: Step, buckets: Buckets, now: number): Range {
  const time = (name: string) => parameters.parsed(name, text => timeOf(withPlus(text), buckets, now))
  const to = time('to') ?? now
  const from = time('from') ?? to - USUAL_POINTS * step.length * MINUTE
  if (from > to) throw new BadRequest('bad-parameter', 'from is later than to', { parameter: 'from' })
  return { from, to }
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

/** A time without a zone is that of the clock by which events are counted. */
function timeOf(text: string, { zone }: Buckets, now: number): number {
  const time = /^\d{9,11}$/.test(text) ? Number(text) * 1000 : parseTime(text, now)
  const stated = LOCAL.test(text) ? zone.toInstant(time) : time
  if (stated >= 0 && stated < LATEST) return stated
  throw new RangeError('years go from 1970 to 9999')
}

const LOCAL = /^\d{4}-\d\d-\d\d(?:[t ][\d:.,]+)?$/i
const LATEST = Date.UTC(9999, 0)

function badStep(message: string): BadRequest {
  return new BadRequest('bad-parameter', message, { parameter: 'step' })
}

/** As JSON, with all of its digits. */
function number(text: string): object {
  return rawJson(/^-?\d+(\.\d+)?$/.test(text) ? text : '0')
}

function sumOf(values: readonly string[]): string {
  return formatDecimal(values.reduce((sum, value) => sum + (readDecimal(value) ?? 0n), 0n))
}

const HEADERS = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }

function json(c: Context, value: object): Response {
  return c.body(JSON.stringify(value), 200, HEADERS)
}

function forbidden(): Response {
  return errorResponse(403, 'this token is of another account')
}
