import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { indexAt, Stored } from '../../bench/soak/stored.ts'

const NAME = 'soak-2026.11.21.18'

/** Answers as Elasticsearch does, of one index that has these numbers, in their order. */
async function open(t: TestContext, numbers: readonly number[]): Promise<Stored> {
  const asked = async (path: string, body: string) => {
    if (path.includes('_cat/indices')) return [{ index: NAME }]
    if (path.includes('_count')) return { count: numbers.length }
    if (!path.includes('_search')) return {}
    const { size, search_after: after = ['-1'] } = JSON.parse(body) as {
      size: number
      search_after?: [string]
    }
    const page = numbers.filter(number => number > Number(after[0])).slice(0, size)
    // filter_path leaves nothing where there is no hit.
    if (page.length === 0) return {}
    return { hits: { hits: page.map(number => ({ sort: [String(number).padStart(9, '0')] })) } }
  }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const text of request.setEncoding('utf8')) body += text
    response.end(JSON.stringify(await asked(request.url!, body)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close().closeAllConnections())
  return new Stored(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

const upTo = (end: number) => Array.from({ length: end }, (_, n) => n)

test('all numbers of several pages, each once', async t => {
  const stored = await open(t, upTo(25_000))
  assert.deepEqual(await stored.indices(), [NAME])
  await stored.read(NAME)
  assert.equal(stored.distinct, 25_000)
  assert.equal(stored.repeated, 0)
  assert.deepEqual(stored.missing(25_000, 10), [])
})

test('pages that are exactly full end', async t => {
  const stored = await open(t, upTo(20_000))
  await stored.read(NAME)
  assert.equal(stored.distinct, 20_000)
})

test('which are not there', async t => {
  const stored = await open(
    t,
    upTo(12_000).filter(number => number % 5_000 !== 7),
  )
  await stored.read(NAME)
  assert.deepEqual(stored.missing(12_000, 10), [7, 5_007, 10_007])
  assert.deepEqual(stored.missing(12_000, 1), [7])
})

test('one that is there twice is counted, also at the end of a page and in another index', async t => {
  const stored = await open(
    t,
    [...upTo(15_000), 3, 9_999].sort((a, b) => a - b),
  )
  await stored.read(NAME)
  assert.equal(stored.repeated, 2)
  await stored.read(NAME)
  assert.equal(stored.repeated, 2 + 15_002)
})

test('the index of a time is that of its hour in UTC', () => {
  assert.equal(indexAt(Date.UTC(2026, 10, 21, 18, 59, 59)), NAME)
  assert.ok(indexAt(Date.UTC(2026, 11, 1, 0)) > NAME)
})
