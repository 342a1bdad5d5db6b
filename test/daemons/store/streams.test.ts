import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { Hono } from 'hono'
import { pino } from 'pino'
import { type Asking, exportStream, tailStream } from '../../../src/daemons/store/streams.ts'
import { TailHub } from '../../../src/daemons/store/tail-hub.ts'
import { withoutTimes } from '../../../src/daemons/store/time-range.ts'
import { readValues } from '../../../src/lib/options.ts'
import { parseQuery } from '../../../src/lib/query/index.ts'
import { openServer } from '../../../src/lib/serve/server.ts'
import { httpOptions } from '../../../src/lib/serve.ts'
import { TestOwner } from '../../support/owner.ts'

const ALL = { query: parseQuery('', 0), from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
const NEWEST = Date.UTC(2026, 10, 21)
const ABOUT = {
  records: 3,
  bytes: 1,
  whole: true,
  from: '2026-11-20T00:00:00.000Z',
  to: new Date(NEWEST).toISOString(),
}

type Page = { lines: string; next: { key: number; partition: number } | undefined }
type Asked = { to: number; after: Page['next']; limit: number }

const page = (lines: string, key?: number): Page => ({
  lines,
  next: key === undefined ? undefined : { key, partition: 1 },
})

/** Stands for the thread that queries. */
function answering(answers: {
  about?: () => unknown
  exportPage?: (asked: Asked) => unknown
  newest?: (asked: Asked) => unknown
}): Asking {
  const all: { [name: string]: ((asked: Asked) => unknown) | undefined } = { about: () => ABOUT, ...answers }
  const call = async (name: string, asked: unknown) => all[name]!(asked as Asked)
  return { pending: 0, call: call as Asking['call'] }
}

/** Serves streams; `silence` is what the server bears. */
async function serveStream(
  t: TestContext,
  make: (signal: AbortSignal) => ReadableStream<Uint8Array>,
  silence = 60_000,
) {
  const app = new Hono().get('/', c => c.body(make(c.req.raw.signal), 200, { 'content-type': 'text/x' }))
  const options = readValues(httpOptions('127.0.0.1:0'), new Map([['http', ['127.0.0.1:0']]]))
  const log: string[] = []
  const { url, close } = await openServer(
    options,
    app,
    new TestOwner(t, pino({}, { write: line => void log.push(line) })),
    { silence, grace: 10 },
  )
  t.after(close)
  return { url, port: Number(new URL(url).port), log }
}

const textOf = (stream: ReadableStream<Uint8Array>) => new Response(stream).text()
const { signal } = new AbortController()

describe('an export', () => {
  test('goes on until there is no more, however much is on a page', async () => {
    const pages = [page('1\n2\n', 2), page('', 50), page('', 90), page('3\n', 91), page('')]
    const asked: Asked[] = []
    const exportPage = (one: Asked) => {
      asked.push(one)
      return pages[asked.length - 1]
    }
    assert.equal(await textOf(exportStream(answering({ exportPage }), ALL, signal)), '1\n2\n3\n')
    assert.deepEqual(
      asked.map(({ after }) => after?.key),
      [undefined, 2, 50, 90, 91],
    )
  })

  test('bug: without an end to its range it ended only when no more came', async () => {
    let about = 0
    const tos: number[] = []
    const queries = answering({
      about: () => ({ ...ABOUT, to: new Date(NEWEST + about++ * 1000).toISOString() }),
      exportPage: ({ to }) => {
        tos.push(to)
        return tos.length < 3 ? page('x\n', tos.length) : page('x\n')
      },
    })
    await textOf(exportStream(queries, ALL, signal))
    assert.deepEqual(tos, [NEWEST + 1, NEWEST + 1, NEWEST + 1], 'up to the newest record at its start')
    await textOf(exportStream(queries, { ...ALL, to: 5 }, signal))
    assert.equal(tos.at(-1), 5)
  })

  test('of nothing is empty', async () => {
    const queries = answering({
      about: () => ({ ...ABOUT, to: null }),
      exportPage: ({ to }) => page(to === Number.NEGATIVE_INFINITY ? '' : 'too late\n'),
    })
    assert.equal(await textOf(exportStream(queries, ALL, signal)), '')
  })

  test('that fails on the way has no proper end', async t => {
    const go = Promise.withResolvers<void>()
    const exportPage = async ({ after }: Asked) => {
      if (!after) return page('1\n', 1)
      await go.promise
      throw new Error('the disk is gone')
    }
    const { url, log } = await serveStream(t, s => exportStream(answering({ exportPage }), ALL, s))
    const response = await fetch(url)
    const reader = response.body!.getReader()
    assert.equal(Buffer.from((await reader.read()).value!).toString(), '1\n')
    go.resolve()
    await assert.rejects(reader.read())
    assert.match(log.join(), /the disk is gone/)
  })

  test('bug: one that searched for longer than a connection may be silent was cut', async t => {
    const exportPage = async ({ after }: Asked) => {
      // Another connection, that begins now and asks nothing: when it is cut, this one was silent for as long.
      await once(connect(port, '127.0.0.1').resume(), 'close')
      return after?.key === 3 ? page('end\n') : page('', (after?.key ?? 0) + 1)
    }
    const { url, port } = await serveStream(t, s => exportStream(answering({ exportPage }), ALL, s), 50)
    assert.equal(await (await fetch(url)).text(), 'end\n')
  })

  test('of which a part cannot be read breaks off before its beginning', async () => {
    const queries = answering({
      about: () => ({ ...ABOUT, whole: false }),
      exportPage: () => assert.fail('its end is not known'),
    })
    await assert.rejects(textOf(exportStream(queries, ALL, signal)), /cannot be read/)
  })

  test('is not asked for more by a client that does not read, which is cut in the end', async t => {
    const left = Promise.withResolvers<void>()
    let pages = 0
    const exportPage = () => page('x'.repeat(2 ** 20), ++pages)
    const { port } = await serveStream(
      t,
      s => {
        s.addEventListener('abort', () => left.resolve())
        return exportStream(answering({ exportPage }), ALL, s)
      },
      200,
    )
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    t.after(() => socket.destroy())
    socket.write('GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
    await left.promise
    assert.ok(pages < 50, `${pages} MiB`)
  })

  test('a connection that asks nothing is cut', async t => {
    const { port } = await serveStream(t, () => exportStream(answering({}), ALL, signal), 50)
    const socket = connect(port, '127.0.0.1').resume()
    const begun = performance.now()
    await once(socket, 'close')
    assert.ok(performance.now() - begun < 5000)
  })

  test('bug: one that was given up while it had found nothing searched on to the end', async () => {
    const asked = Promise.withResolvers<void>()
    let pages = 0
    const call = (async (name: string, _: unknown, given: AbortSignal) => {
      given.throwIfAborted()
      if (name === 'about') return ABOUT
      asked.resolve()
      await new Promise(setImmediate)
      return page('', ++pages)
    }) as Asking['call']
    const stream = exportStream({ pending: 0, call }, ALL, signal)
    await asked.promise
    await stream.cancel()
    for (let n = 0; n < 10; n++) await new Promise(setImmediate)
    assert.equal(pages, 1)
  })
})

/** A hub, and numbered records of a size. */
function createHub() {
  const hub = new TailHub('abc')
  let stored = 0
  const store = (count: number, size = 100) => {
    hub.publish(count, () =>
      Array.from({ length: count }, () => {
        const number = ++stored
        return { cursor: `${number}-1`, time: NEWEST, record: { '@meta': { id: `${number}` }, number }, size }
      }),
    )
  }
  return { hub, store }
}

/** Reads from a stream until the text so far will do. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, enough: RegExp): Promise<string> {
  let text = ''
  while (!enough.test(text)) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`the stream ended after ${text}`)
    text += Buffer.from(value).toString()
  }
  return text
}

const record = (n: number) =>
  `event: record\nid: abc-${n}\ndata: {"cursor":"${n}-1","time":"2026-11-21T00:00:00.000Z","record":{"@meta":{"id":"${n}"},"number":${n}}}\n\n`

describe('a live tail', () => {
  const query = parseQuery('', 0)

  test('says at once where to go on, and gives what comes', async t => {
    const { hub, store } = createHub()
    hub.watch(() => true).close()
    store(4)
    const stream = tailStream(answering({}), hub, query, { last: 0, lastId: undefined }, signal)
    const reader = stream.getReader()
    t.after(() => reader.cancel())
    assert.equal(await readUntil(reader, /./), 'retry: 1000\nid: abc-4\n\n')
    store(2)
    assert.equal(await readUntil(reader, /./), record(5) + record(6))
  })

  test('bug: a number that no double can hold was changed on the way from the disk', async t => {
    const { hub } = createHub()
    const text = '{"cursor":"7-1","time":"…","record":{"number":12345678901234567890,"more":1.10}}'
    const asked: Asked[] = []
    const newest = (one: Asked) => {
      asked.push(one)
      return [{ cursor: '7-1', text }]
    }
    const timed = parseQuery('number:1 time>=2026-11-21', 0)
    const options = { last: 3, lastId: undefined }
    const reader = tailStream(answering({ newest }), hub, timed, options, signal).getReader()
    t.after(() => reader.cancel())
    assert.ok((await readUntil(reader, /event: record/)).endsWith(`event: record\ndata: ${text}\n\n`))
    assert.deepEqual(asked, [
      { query: withoutTimes(timed), from: NEWEST, to: Infinity, limit: 3, after: undefined },
    ])
  })

  test('does not give again what was stored while the newest were looked up', async t => {
    const { hub, store } = createHub()
    const newest = () => {
      store(2)
      return [{ cursor: '1-1', text: '{}' }]
    }
    const options = { last: 1, lastId: undefined }
    const reader = tailStream(answering({ newest }), hub, query, options, signal).getReader()
    t.after(() => reader.cancel())
    const text = await readUntil(reader, /id: abc-2\n/)
    assert.equal(text, `retry: 1000\nid: abc-0\n\nevent: record\ndata: {}\n\n${record(2)}`)
  })

  test('bug: a client that was too slow was told so before the records that had come first', async t => {
    const { hub, store } = createHub()
    const options = { last: 0, lastId: undefined }
    const reader = tailStream(answering({}), hub, query, options, signal).getReader()
    t.after(() => reader.cancel())
    await readUntil(reader, /retry/)
    store(2)
    await new Promise(setImmediate)
    for (let n = 0; n < 30; n++) store(1000)
    const text = await readUntil(reader, /id: abc-30002\n/)
    const [before, after] = text.split(/event: missed\ndata: \{"records":\d+\}\n\n/)
    assert.equal(before, record(1) + record(2))
    const missed = Number(/"records":(\d+)/.exec(text)![1])
    assert.equal(after!.match(/event: record/g)!.length + missed, 30_000)
    assert.ok(after!.startsWith(record(missed + 3)), 'and goes on behind the gap')
  })

  for (const [lastId, told] of [
    ['abc-1', record(2) + record(3)],
    ['abc-3', undefined],
    ['xyz-1', 'event: missed\ndata: {"records":null}\n\nid: abc-3\n\n'],
    ['banana', 'event: missed\ndata: {"records":null}\n\nid: abc-3\n\n'],
  ] as const)
    test(`a client that comes back with ${lastId}`, async t => {
      const { hub, store } = createHub()
      hub.watch(() => true).close()
      store(3)
      const newest = () => assert.fail('it has had them')
      const options = { last: 5, lastId }
      const reader = tailStream(answering({ newest }), hub, query, options, signal).getReader()
      t.after(() => reader.cancel())
      if (told === undefined) store(1)
      const text = await readUntil(reader, /\n\n.+\n\n$/s)
      assert.equal(text.replace(/^retry: 1000\nid: abc-\d\n\n/, ''), told ?? record(4))
    })

  test('bug: a client whose query finds little was said to have missed what did not match', async t => {
    const { hub, store } = createHub()
    const rare = parseQuery('number:20001', 0)
    const options = { last: 0, lastId: undefined, silence: 20 }
    const reader = tailStream(answering({}), hub, rare, options, signal).getReader()
    await readUntil(reader, /retry/)
    const read = readUntil(reader, /:\nid: abc-20000\n\n$/)
    for (let n = 0; n < 40; n++) {
      store(500)
      await new Promise(setImmediate)
    }
    assert.doesNotMatch(await read, /event/)
    await reader.cancel()
    store(1)
    const again = tailStream(answering({}), hub, rare, { last: 0, lastId: 'abc-20000' }, signal).getReader()
    t.after(() => again.cancel())
    assert.equal(
      await readUntil(again, /event: record\n.*\n.*\n\n/),
      `retry: 1000\nid: abc-20000\n\n${record(20_001)}`,
    )
  })

  test('watches no more when its client has left', async t => {
    const { hub } = createHub()
    for (let n = 0; n < 99; n++) hub.watch(() => true)
    const { url } = await serveStream(t, s =>
      tailStream(answering({}), hub, query, { last: 0, lastId: undefined }, s),
    )
    const control = new AbortController()
    const response = await fetch(url, { signal: control.signal })
    await response.body!.getReader().read()
    assert.ok(hub.full)
    control.abort()
    while (hub.full) await new Promise(setImmediate)
  })
})
