// The snippet in a real browser, on pages of customers.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { orSkip } from '../servers/available.ts'
import { installChromium } from '../servers/chromium.ts'
import { root, Sluice } from '../support/process.ts'
import { openVisitor, Site, tagOf } from './customers.ts'

interface Event {
  type: string
  app: string
  data: { [field: string]: unknown }
}

const [, STUB = ''] = /```html\n(<script>.*<\/script>)\n```/.exec(
  readFileSync(join(root, 'docs/collect.md'), 'utf8'),
)!
const [, POLICY = ''] = /```\n(script-src https:.*)\n```/.exec(
  readFileSync(join(root, 'docs/collect.md'), 'utf8'),
)!

class World {
  readonly collect: Sluice
  readonly sites: readonly Site[]
  readonly url: string
  readonly #t: TestContext

  private constructor(t: TestContext, collect: Sluice, sites: readonly Site[], url: string) {
    this.#t = t
    this.collect = collect
    this.sites = sites
    this.url = url
  }

  /** Two sites, and a collector that takes events of both. */
  static async start(t: TestContext, ...flags: string[]): Promise<World | undefined> {
    if (!(await orSkip(t, installChromium))) return undefined
    const sites = [await new Site().start(t), await new Site().start(t)]
    const origins = sites.flatMap(({ origin }) => ['--allow-origin', origin])
    const collect = new Sluice(t, 'sluice-collect', ['--http', '127.0.0.1:0', ...origins, ...flags])
    const url = `http://127.0.0.1:${await collect.port()}`
    for (const [n, site] of sites.entries()) site.head = tagOf(url, `acme${n}`)
    return new World(t, collect, sites, url)
  }

  async visitor(options: BrowserContextOptions = {}, script?: string | (() => void)): Promise<Page> {
    return await openVisitor(this.#t, options, script)
  }

  /** All events, as soon as there are so many; a last one, of a program, shows that there are no more. */
  async events(count: number): Promise<Event[]> {
    await this.collect.records(count)
    await fetch(`${this.url}/e`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"type":"last"}',
    })
    const all = (await this.collect.records(count + 1)) as unknown as Event[]
    assert.deepEqual(all.filter(({ type }) => type === 'last').length, 1)
    return all.filter(({ type }) => type !== 'last')
  }
}

test('two sites: page views and visitors are exact', async t => {
  const world = await World.start(t)
  if (!world) return
  const views: [visitor: number, site: number, path: string][] = [
    [0, 0, '/'],
    [0, 0, '/cart?a=1'],
    [0, 1, '/'],
    [1, 0, '/'],
    [1, 0, '/'],
    [1, 1, '/about'],
    [2, 1, '/about'],
  ]
  const pages = [await world.visitor(), await world.visitor(), await world.visitor()]
  for (const [visitor, site, path] of views) {
    const seen = world.collect.stdout.split('\n').length
    await pages[visitor]!.goto(`${world.sites[site]!.origin}${path}`)
    // What is sent is not before what was sent by another page.
    await world.collect.records(seen)
  }
  const events = await world.events(views.length)
  assert.deepEqual(
    events.map(({ type, app, data }) => [type, app, data.account, data.page]),
    views.map(([, site, path]) => ['pageview', 'shop', `acme${site}`, world.sites[site]!.origin + path]),
  )
  const unique = (account: string) =>
    new Set(events.filter(({ data }) => data.account === account).map(({ data }) => data.visitor)).size
  assert.deepEqual([unique('acme0'), unique('acme1')], [2, 3])
  // Nobody is known on another site.
  assert.equal(new Set(events.map(({ data }) => data.visitor)).size, 5)
  const { screen, tz, browser, bot, path, query } = events[1]!.data
  assert.deepEqual([screen, tz, bot, path, query], ['1280x720', 'Asia/Tokyo', true, '/cart', { a: '1' }])
  assert.match((browser as { name: string }).name, /Chrom/)
})

test('a page that changes by itself, and what it tells', async t => {
  const world = await World.start(t)
  if (!world) return
  const [site] = world.sites
  site!.head = `${STUB}${site!.head}<script>sluice('early', { n: 1 })</script>`
  const page = await world.visitor()
  await page.goto(`${site!.origin}/one`)
  await world.collect.records(2)
  for (const [step, count] of [
    ["history.pushState({ kept: 1 }, '', '/two?q=x')", 3],
    // Neither is another page.
    ["history.pushState(null, '', '/two?q=x#part'); history.replaceState(null, '', '/two?q=x#other')", 3],
    ["sluice('buy', { amount: 12.5, query: 'mine' })", 4],
    // One more view of the page.
    ['sluice()', 5],
    ['history.go(-2)', 6],
  ] as const) {
    await page.evaluate(step)
    await world.collect.records(count)
  }
  const events = await world.events(6)
  const { origin } = site!
  assert.deepEqual(
    events.map(({ type, data }) => [type, data.page, data.referrer]).toSorted(),
    [
      ['buy', `${origin}/two?q=x`, `${origin}/one`],
      ['pageview', `${origin}/two?q=x`, `${origin}/one`],
      ['early', `${origin}/one`, undefined],
      ['pageview', `${origin}/one`, undefined],
      ['pageview', `${origin}/one`, `${origin}/two?q=x`],
      ['pageview', `${origin}/two?q=x`, `${origin}/one`],
    ].toSorted(),
  )
  const buy = events.find(({ type }) => type === 'buy')!
  assert.deepEqual([buy.data.amount, buy.data._query, buy.data.query], [12.5, 'mine', { q: 'x' }])
  assert.equal(new Set(events.map(({ data }) => data.visitor)).size, 1)
})

test('routes behind the # are pages, parts of a page are not', async t => {
  const world = await World.start(t)
  if (!world) return
  const { origin } = world.sites[0]!
  const page = await world.visitor()
  await page.goto(`${origin}/app?a=1#top`)
  await world.collect.records(1)
  for (const [step, count] of [
    ["location.hash = '#/cart?step=2'", 2],
    ["location.hash = '#bottom'", 3],
    ["location.hash = '#elsewhere'", 3],
    ["history.pushState(null, '', '#!/pay')", 4],
    // The answer to a change of place comes later, so that one more step shows what the last one was.
    ['history.back()', 5],
  ] as const) {
    await page.evaluate(step)
    await world.collect.records(count)
  }
  assert.deepEqual(
    (await world.events(5)).map(({ data }) => [data.page, data.path, data.query]),
    [
      [`${origin}/app?a=1`, '/app', { a: '1' }],
      [`${origin}/app?a=1#/cart?step=2`, '/app#/cart', { a: '1' }],
      [`${origin}/app?a=1`, '/app', { a: '1' }],
      [`${origin}/app?a=1#!/pay`, '/app#!/pay', { a: '1' }],
      [`${origin}/app?a=1`, '/app', { a: '1' }],
    ],
  )
})

test('a tag that is there twice counts once; one of another account counts for that', async t => {
  const world = await World.start(t)
  if (!world) return
  const [site] = world.sites
  site!.head = `${site!.head}${site!.head}${site!.head.replace('acme0', 'other')}`
  const page = await world.visitor()
  await page.goto(`${site!.origin}/`)
  await world.collect.records(2)
  await page.evaluate("history.pushState(null, '', '/two')")
  assert.deepEqual((await world.events(4)).map(({ data }) => `${data.account} ${data.path}`).toSorted(), [
    'acme0 /',
    'acme0 /two',
    'other /',
    'other /two',
  ])
})

test('a link to the next page: both are counted, with where the visitor came from', async t => {
  const world = await World.start(t)
  if (!world) return
  const page = await world.visitor()
  const { origin } = world.sites[0]!
  await page.goto(`${origin}/`)
  await world.collect.records(1)
  await page.click('#next')
  const [, next] = await world.events(2)
  assert.deepEqual([next!.data.page, next!.data.referrer], [`${origin}/next?x=1`, `${origin}/`])
})

for (const [what, script] of [
  ['is missing', () => Object.defineProperty(Navigator.prototype, 'sendBeacon', { value: undefined })],
  ['takes nothing', () => Object.defineProperty(Navigator.prototype, 'sendBeacon', { value: () => false })],
] as const)
  test(`where sendBeacon ${what}, the GIF brings the same`, async t => {
    const world = await World.start(t)
    if (!world) return
    const { origin } = world.sites[0]!
    const [page, other] = [await world.visitor({}, script), await world.visitor()]
    for (const [n, one] of [page, other].entries()) {
      await one.goto(`${origin}/cart?a=1`)
      await world.collect.records(2 * n + 1)
      await one.evaluate("sluice('buy & sell', { amount: 12.5, deep: { list: ['ä'] } })")
      await world.collect.records(2 * n + 2)
    }
    const plain = (await world.events(4)).map(({ type, app, data: { visitor, ...data } }) => {
      assert.match(visitor as string, /^\d{13}\.\d+$/)
      return { type, app, data }
    })
    assert.deepEqual(plain.slice(0, 2), plain.slice(2))
    assert.deepEqual(plain[1]!.data.deep, { list: ['ä'] })
  })

test('with a strict policy of the customer’s, the three directives of the docs are enough', async t => {
  const world = await World.start(t)
  if (!world) return
  const [site] = world.sites
  site!.policy = `default-src 'none'; ${POLICY.replaceAll('https://collect.example', world.url)}`
  for (const [n, script] of [
    undefined,
    () => Object.defineProperty(Navigator.prototype, 'sendBeacon', { value: undefined }),
  ].entries()) {
    const page = await world.visitor({}, script)
    await page.goto(`${site!.origin}/`)
    await world.collect.records(n + 1)
  }
  await world.events(2)
})

for (const [what, options, script] of [
  [
    'Global Privacy Control',
    { extraHTTPHeaders: { 'sec-gpc': '1' } },
    () => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true }),
  ],
  [
    'Do Not Track',
    { extraHTTPHeaders: { dnt: '1' } },
    () => Object.defineProperty(Navigator.prototype, 'doNotTrack', { value: '1' }),
  ],
] as const)
  test(`${what}: nothing is stored, and nobody is known`, async t => {
    const world = await World.start(t)
    if (!world) return
    const page = await world.visitor(options, script)
    await page.goto(`${world.sites[0]!.origin}/`)
    const [event] = await world.events(1)
    assert.deepEqual([event!.data.visitor, event!.data.address], [undefined, undefined])
    assert.equal(await page.evaluate('localStorage.length'), 0)
    assert.deepEqual(await page.context().cookies(), [])
  })

test('an id has its time, and is another one after that', async t => {
  const world = await World.start(t)
  if (!world) return
  const page = await world.visitor()
  const { origin } = world.sites[0]!
  await page.goto(`${origin}/`)
  await world.collect.records(1)
  for (const [n, kept] of [`${Date.now() - 35e9}.5`, 'nonsense', `${Date.now() - 33e9}.5`].entries()) {
    await page.evaluate(`localStorage.sluice = '${kept}'`)
    await page.goto(`${origin}/${n}`)
    await world.collect.records(n + 2)
  }
  const [, old, nonsense, young] = (await world.events(4)).map(({ data }) => data.visitor as string)
  assert.ok(Number(old) > Date.now() - 600_000 && Number(nonsense) > Date.now() - 600_000)
  assert.ok(Number(young) < Date.now() - 32e9)
})

test('where nothing may be stored and nothing answers, the page goes on', async t => {
  const world = await World.start(t)
  if (!world) return
  const page = await world.visitor({}, () => {
    const refuse = {
      get: () => {
        throw new DOMException('no', 'SecurityError')
      },
    }
    Object.defineProperty(window, 'localStorage', refuse)
  })
  const { origin } = world.sites[0]!
  await page.goto(`${origin}/`)
  assert.equal((await world.events(1))[0]!.data.visitor, undefined)
  await world.collect.stop()
  // What cannot be sent, and what cannot be JSON.
  await page.evaluate(
    "history.pushState(null, '', '/two'); const a = {}; a.a = a; sluice('cycle', a); sluice('big', { n: 1n })",
  )
  assert.equal(await page.evaluate('location.pathname'), '/two')
})

test('pages that do not tell their origin are taken with --allow-origin null', async t => {
  const world = await World.start(t, '--allow-origin', 'null')
  if (!world) return
  const [site] = world.sites
  site!.policy = 'sandbox allow-scripts'
  const page = await world.visitor()
  const origin = page.waitForRequest(/\/e$/).then(request => request.headerValue('origin'))
  await page.goto(`${site!.origin}/cart`)
  assert.equal(await origin, 'null')
  const [event] = await world.events(1)
  // Nothing can be stored there.
  assert.deepEqual([event!.data.page, event!.data.visitor], [`${site!.origin}/cart`, undefined])
})
