import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Hono } from 'hono'
import { createApi } from '../../../src/daemons/store/api.ts'
import type { Asking } from '../../../src/daemons/store/streams.ts'
import { TailHub } from '../../../src/daemons/store/tail-hub.ts'

interface Asked {
  from: number
  to: number
  [member: string]: unknown
}

/** The API over a stand-in for the thread that queries, and what that was asked. */
function create({ pending = 0, fails }: { pending?: number; fails?: Error } = {}) {
  const asked: [name: string, argument: Asked][] = []
  const call = async (name: string, argument: Asked) => {
    asked.push([name, argument])
    if (fails) throw fails
    return name === 'about' ? { records: 0, bytes: 0, whole: true, from: null, to: null } : '{}'
  }
  const queries = { pending, call: call as unknown as Asking['call'] }
  const tails = new TailHub()
  const api = createApi({ queries, tails, version: '1', keep: 0, keepBytes: 0 })
  return { api, asked, tails, queries }
}

async function errorOf(answer: Response | Promise<Response>): Promise<{ [member: string]: unknown }> {
  const response = await answer
  const { status, headers } = response
  assert.equal(headers.get('sluice-api'), '1')
  const { error } = (await response.json()) as { error: object }
  return { status, retryAfter: headers.get('retry-after'), ...error }
}

const PATHS = ['/search', '/histogram', '/fields', '/tail', '/export', '/about'] as const

describe('parameters', () => {
  for (const [path, known] of [
    ['/search', 'here are q, from, to, limit, before'],
    ['/histogram', 'here are q, from, to, buckets'],
    ['/fields', 'here are q, from, to, field, prefix, limit'],
    ['/tail', 'here are q, last'],
    ['/export', 'here are q, from, to'],
    ['/about', 'here is none'],
  ] as const)
    test(`bug: those that ${path} does not know were passed over`, async () => {
      const { api, asked } = create()
      for (const name of ['limt', '__proto__', 'constructor', ''])
        assert.deepEqual(await errorOf(api.request(`${path}?${name}=5`)), {
          status: 400,
          retryAfter: null,
          code: 'bad-parameter',
          message: `"${name}" is not a parameter; ${known}`,
          parameter: name,
        })
      assert.deepEqual(asked, [])
    })

  for (const [path, parameter] of [
    ['/search?limit=5&q=a&limit=5', 'limit'],
    ['/tail?q=a&%71=b', 'q'],
    ['/export?from=&from=now', 'from'],
  ] as const)
    test(`bug: one that was there twice counted once: ${path}`, async () => {
      const { status, code, message, ...rest } = await errorOf(create().api.request(path))
      assert.deepEqual([status, code, rest.parameter], [400, 'bad-parameter', parameter])
      assert.equal(message, `${parameter} is there more than once; give it once`)
    })

  const HOUR = 3_600_000
  const EIGHT = Date.UTC(2026, 10, 21, 8)
  for (const [written, time] of [
    ['2026-11-21T08:00:00%2B01:00', EIGHT - HOUR],
    ['2026-11-21T08:00:00+01:00', EIGHT - HOUR],
    ['2026-11-21T08:00:00.000+0100', EIGHT - HOUR],
    ['2026-11-21T08:00+01', EIGHT - HOUR],
    ['2026-11-21+08:00+01:00', EIGHT - HOUR],
    ['2026-11-21%2008:00%2001:00', EIGHT - HOUR],
    ['2026-11-21T08:00:00-01:00', EIGHT + HOUR],
    ['2026-11-21+08:00', EIGHT],
    ['2026-11-21T08:00:00Z', EIGHT],
    ['', Number.NEGATIVE_INFINITY],
  ] as const)
    test(`bug: the + of a zone arrives as a space: from=${written}`, async () => {
      const { api, asked } = create()
      assert.equal((await api.request(`/search?from=${written}`)).status, 200)
      assert.equal(asked[0]![1].from, time)
    })

  test('a time that is none says what to write', async () => {
    const { message } = await errorOf(create().api.request('/export?to=x'))
    assert.match(String(message), /^to: "x" is not a time; write for example/)
  })
})

describe('too much at once', () => {
  test('questions are refused, but not the one about the store', async () => {
    const { api, asked } = create({ pending: 64 })
    for (const path of PATHS.filter(path => path !== '/about'))
      assert.deepEqual(await errorOf(api.request(path)), {
        status: 503,
        retryAfter: '1',
        code: 'busy',
        message: 'too many questions at once; try again in a second',
      })
    assert.deepEqual(asked, [])
    const about = await api.request('/about')
    assert.deepEqual([about.status, about.headers.get('sluice-api')], [200, '1'])
  })

  test('bug: there was no end to live tails', async t => {
    const { api } = create()
    const open = await Promise.all(Array.from({ length: 100 }, () => api.request('/tail')))
    t.after(() => Promise.all(open.map(({ body }) => body?.cancel())))
    assert.ok(open.every(({ status }) => status === 200))
    assert.deepEqual(await errorOf(api.request('/tail')), {
      status: 503,
      retryAfter: '10',
      code: 'busy',
      message: 'too many live tails at once; try again when others have ended',
    })
    await open.pop()!.body!.cancel()
    open.push(await api.request('/tail'))
    assert.equal(open.at(-1)!.status, 200)
  })
})

describe('a thread of queries that ends', () => {
  const ended = () => create({ fails: Object.assign(new Error('it is gone'), { code: 'ERR_QUERIES_ENDED' }) })

  for (const path of ['/search', '/histogram', '/fields', '/about'])
    test(`bug: ${path} was an error of the server, though it is there again in a moment`, async () => {
      assert.deepEqual(await errorOf(ended().api.request(path)), {
        status: 503,
        retryAfter: '1',
        code: 'busy',
        message: 'the question was cut short; try again in a second',
      })
    })

  test('breaks an export off', async () => {
    const response = await ended().api.request('/export')
    assert.equal(response.status, 200)
    await assert.rejects(response.text(), /it is gone/)
  })
})

describe('a live tail', () => {
  const begin = async (api: Hono, headers: { [name: string]: string }) => {
    const reader = (await api.request('/tail', { headers })).body!.getReader()
    let text = ''
    while (!/\n\n.*\n\n$/s.test(text)) text += Buffer.from((await reader.read()).value!).toString()
    await reader.cancel()
    return text.replace(/^retry: 1000\nid: .*\n\n/, '')
  }

  test('that goes on from elsewhere says so', async () => {
    const { api } = create()
    assert.match(
      await begin(api, { 'last-event-id': '4711' }),
      /^event: missed\ndata: \{"records":null\}\n\n/,
    )
  })

  test('with an empty id is a first one', async () => {
    const { api, tails } = create()
    const begun = begin(api, { 'last-event-id': '' })
    await new Promise(setImmediate)
    tails.publish(1, () => [{ cursor: '1-1', time: 0, record: { '@meta': { id: 'a' } }, size: 1 }])
    assert.match(await begun, /^event: record\n/)
  })
})
