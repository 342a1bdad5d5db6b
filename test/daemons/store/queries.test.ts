// Through the thread that answers queries: what becomes of it, and what it cannot read.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { pino } from 'pino'
import { createApi } from '../../../src/daemons/store/api.ts'
import { partitionsIn } from '../../../src/daemons/store/layout.ts'
import { Queries } from '../../../src/daemons/store/queries.ts'
import { rowsOf } from '../../../src/daemons/store/row.ts'
import { TailHub } from '../../../src/daemons/store/tail-hub.ts'
import { StoreWriter } from '../../../src/daemons/store/writer.ts'
import type { Context } from '../../../src/lib/index.ts'

const START = Date.UTC(2026, 9, 1)
const TOTAL = 4000

/** A folder with records of 1 KB, one a millisecond, in several partitions. */
function createFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-queries-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const writer = new StoreWriter({ folder, keep: undefined, keepBytes: 2 ** 24 }, () => START)
  for (let first = 0; first < TOTAL; first += 500) {
    const records = Array.from({ length: 500 }, (_, n) => ({
      '@meta': { id: `id-${first + n}`, received: START + first + n },
      message: `number ${first + n} ${'.'.repeat(900)}`,
    }))
    const bodies = records.map(record => JSON.stringify(record))
    writer.write(rowsOf(records, bodies, START))
    writer.tidy()
  }
  writer.close()
  assert.ok(partitionsIn(folder).length >= 3)
  return folder
}

/** The API over a thread of its own. */
function open(t: TestContext, folder: string) {
  const log: { level: number; msg: string; path?: string; reason?: string; error?: string }[] = []
  const closers: (() => unknown)[] = []
  let logged = () => {}
  const sink = {
    write(line: string) {
      log.push(JSON.parse(line))
      logged()
    },
  }
  const context = { log: pino({}, sink), defer: (close: () => unknown) => void closers.push(close) }
  const queries = new Queries(folder, context as unknown as Context)
  const close = () => Promise.all(closers.splice(0).map(one => one()))
  t.after(close)
  const api = createApi({ queries, tails: new TailHub(), version: '1', keep: 0, keepBytes: 0 })
  // biome-ignore lint/suspicious/noExplicitAny: each answer has a shape of its own, which the test looks at
  const json = async (path: string): Promise<any> => (await api.request(path)).json()
  /** Settles as soon as so much was logged. */
  const logs = async (count: number) => {
    while (log.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>()
      logged = resolve
      await promise
    }
    return log
  }
  return { queries, api, json, log, logs, close }
}

/** The next thread that is started. */
function nextThread(): Promise<Worker> {
  return new Promise(resolve => void process.once('worker', resolve))
}

describe('a query that ends its thread', () => {
  test('is answered with 503, and another thread answers the next one', async t => {
    const { api, json, log, queries } = open(t, createFolder(t))
    const thread = nextThread()
    const [answer] = await Promise.all([api.request('/search'), thread.then(worker => worker.terminate())])
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'])
    const { error } = (await answer.json()) as { error: { code: string } }
    assert.equal(error.code, 'busy')
    assert.match(log[0]!.msg, /a query has ended the thread of queries; starting another/)
    assert.equal(queries.pending, 0)
    assert.equal((await json('/histogram')).total, TOTAL)
    assert.equal(log.length, 1)
  })

  test('takes those with it that wait behind it, and nobody else', async t => {
    const { api, queries } = open(t, createFolder(t))
    const thread = nextThread()
    const waiting = Array.from({ length: 10 }, () => api.request('/search?q=number'))
    await (await thread).terminate()
    assert.deepEqual(new Set((await Promise.all(waiting)).map(({ status }) => status)), new Set([503]))
    assert.equal(queries.pending, 0)
    for (let n = 0; n < 3; n++) {
      const again = nextThread()
      assert.equal((await api.request('/about')).status, 200)
      await (await again).terminate()
    }
    assert.equal((await api.request('/about')).status, 200)
  })
})

describe('what only a reader finds damaged', () => {
  test('bug: it was not logged: each file is named once, whoever asks', async t => {
    const folder = createFolder(t)
    const [first, second] = partitionsIn(folder)
    writeFileSync(first!.path, 'no database')
    const { json, log, logs, api } = open(t, folder)
    const thread = nextThread()
    assert.ok((await json('/histogram')).total < TOTAL)
    const [entry] = await logs(1)
    assert.deepEqual([entry!.path, entry!.level], [first!.path, 50])
    assert.match(entry!.msg, /a partition of the store is damaged/)
    assert.match(entry!.reason!, /not a database/)
    assert.deepEqual((await json('/about')).damaged, [first!.path])
    // A new thread finds it again, and another one beside it.
    await (await thread).terminate()
    writeFileSync(second!.path, 'no database')
    assert.equal((await api.request('/search')).status, 200)
    await logs(3)
    assert.deepEqual(
      log.filter(({ path }) => path).map(({ path }) => path),
      [first!.path, second!.path],
    )
  })
})

describe('a partition that cannot be read for the moment', () => {
  /** A folder stands where the file was: it is there, and SQLite cannot open it. */
  const hide = ({ path }: { path: string }) => {
    renameSync(path, `${path}.aside`)
    mkdirSync(path)
    return () => {
      rmdirSync(path)
      renameSync(`${path}.aside`, path)
    }
  }

  test('bug: its records were missing from answers that said they were complete', async t => {
    const folder = createFolder(t)
    const show = hide(partitionsIn(folder)[1]!)
    const { json, log, api } = open(t, folder)
    const search = await json('/search?limit=1000&before=9999999999999999-1')
    assert.deepEqual([search.complete, search.reached], [false, null])
    const histogram = await json('/histogram')
    assert.ok(histogram.total > 0 && histogram.total < TOTAL)
    assert.equal(histogram.complete, false)
    for (const path of ['/fields', '/fields?field=user']) assert.equal((await json(path)).complete, false)
    await assert.rejects((await api.request('/export')).text(), /cannot be read/)
    assert.deepEqual((await json('/about')).damaged, [])
    show()
    assert.deepEqual(
      [
        (await json('/search')).complete,
        (await json('/histogram')).complete,
        (await json('/fields')).complete,
      ],
      [true, true, true],
    )
    assert.equal((await json('/histogram')).total, TOTAL)
    assert.equal((await (await api.request('/export')).text()).split('\n').length, TOTAL + 1)
    assert.deepEqual(
      log.map(({ level, path }) => [level, path]),
      [[40, partitionsIn(folder)[1]!.path]],
      'it is said, and not again and again',
    )
  })

  test('a page that asks for the rest of its histogram comes to an end', async t => {
    const folder = createFolder(t)
    const files = partitionsIn(folder)
    files.forEach(hide)
    const { json } = open(t, folder)
    const to = new Date(START).toISOString()
    const { from, complete, total } = await json(`/histogram?to=${to}`)
    assert.deepEqual([from, complete, total], [to, false, 0])
  })

  test('one that was deleted, or is being made, is no gap', async t => {
    const folder = createFolder(t)
    const [first] = partitionsIn(folder)
    const { json } = open(t, folder)
    assert.equal((await json('/histogram')).total, TOTAL)
    for (const suffix of ['', '-wal', '-shm']) rmSync(first!.path + suffix, { force: true })
    writeFileSync(join(folder, '00000099.sqlite'), '')
    const { complete, total } = await json('/histogram')
    assert.ok(total < TOTAL)
    assert.equal(complete, true)
  })
})
