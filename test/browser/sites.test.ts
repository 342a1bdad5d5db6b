// Two sites of two customers, visited with real browsers; what the counters say of them, through real processes.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { installChromium } from '../servers/chromium.ts'
import { startRedis } from '../servers/redis.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'
import { openVisitor, Site, tagOf } from './customers.ts'

const HTTP = ['--http', '127.0.0.1:0']
const METRICS = ['--key', '{account}/{type}', '--distinct', '{account}/visitors = {data.visitor}']
const ACCOUNTS = ['acme', 'globex'] as const

/** collect | hub | count, and a second one beside it: one into SQLite, one into Redis. Returns the collector, and the URLs of the counters. */
async function chain(t: TestContext, origins: readonly string[]) {
  const redis = await startRedis()
  t.after(() => redis.stop())
  const links = [await freePort(), await freePort(), await freePort()].map(
    port => `ack+tcp://127.0.0.1:${port}`,
  )
  const [toHub, ...toCounts] = links as [string, string, string]
  const counts = ['sqlite:', redis.url].map(
    (store, n) =>
      new Sluice(t, 'sluice-count', [...HTTP, '--pull-bind', toCounts[n]!, '--store', store, ...METRICS]),
  )
  new Sluice(t, 'sluice-hub', [...HTTP, '--pull-bind', toHub, ...toCounts.flatMap(to => ['--to', to])])
  const allowed = origins.flatMap(origin => ['--allow-origin', origin])
  const collect = new Sluice(t, 'sluice-collect', [...HTTP, '--push-connect', toHub, ...allowed])
  const urlOf = async (run: Sluice) => {
    const { endpoints = [] } = await run.ready()
    return endpoints.find(endpoint => endpoint.startsWith('http:'))!
  }
  return { collect: await urlOf(collect), counts: await Promise.all(counts.map(urlOf)) }
}

/** What a counter says of a key this month; none where it knows nothing of it yet. */
async function countOf(url: string, key: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/series/${key}?from=-1m&step=month`)
  if (!response.ok) return 0
  const points = (await response.json()) as { count: number }[]
  return Math.max(...points.map(({ count }) => count))
}

test('two sites on two origins: page views and unique visitors are exact, in SQLite and in Redis', async t => {
  if (!(await orSkip(t, installChromium))) return
  const sites = [await new Site().start(t), await new Site().start(t)]
  const { collect, counts } = await chain(
    t,
    sites.map(({ origin }) => origin),
  )
  for (const [n, site] of sites.entries()) site.head = tagOf(collect, ACCOUNTS[n]!)
  const views = [0, 0]
  const visitors = [new Set<number>(), new Set<number>()]
  /** One after the other at each browser, all browsers at once. */
  const visit = async (visitor: number, isShy: boolean, ...route: number[]) => {
    const page = await openVisitor(
      t,
      isShy ? { extraHTTPHeaders: { 'sec-gpc': '1' } } : {},
      isShy
        ? () => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true })
        : undefined,
    )
    const told = async (go: () => Promise<unknown>, site: number) => {
      const answered = page.waitForResponse(response => response.url() === `${collect}/e`)
      await go()
      assert.equal((await answered).status(), 204)
      views[site]!++
      if (!isShy) visitors[site]!.add(visitor)
    }
    for (const [n, site] of route.entries()) {
      await told(() => page.goto(`${sites[site]!.origin}/${n}?from=${visitor}`), site)
      await told(() => page.evaluate("history.pushState(null, '', '/changed')"), site)
      await told(() => page.reload(), site)
      await told(() => page.click('#next'), site)
    }
  }
  await Promise.all([
    visit(0, false, 0),
    visit(1, false, 0, 1),
    visit(2, false, 1, 0, 1),
    visit(3, false, 1),
    visit(4, true, 0, 1),
    visit(5, false, 0, 0),
  ])
  // Who may not tell, and is not counted.
  const stranger = await fetch(`${collect}/e`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', origin: 'https://evil.example' },
    body: JSON.stringify({ type: 'pageview', app: 'shop', data: { account: 'acme', visitor: 'x' } }),
  })
  assert.equal(stranger.status, 403)
  // What is accepted last of all shows that all has been counted.
  const last = await fetch(`${collect}/e`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"type":"last","data":{"account":"end"}}',
  })
  assert.equal(last.status, 204)
  assert.deepEqual(
    [views, visitors.map(({ size }) => size)],
    [
      [24, 20],
      [4, 3],
    ],
  )
  for (const url of counts) {
    assert.equal(await countOf(url, 'end/last'), 1)
    for (const [n, account] of ACCOUNTS.entries())
      assert.deepEqual(
        [await countOf(url, `${account}/pageview`), await countOf(url, `${account}/visitors`)],
        [views[n], visitors[n]!.size],
        `${url} ${account}`,
      )
  }
})
