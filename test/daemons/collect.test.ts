import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { root } from '../support/process.ts'
import { dataOf, open, plain, post } from './collect/support.ts'

describe('the GIF', () => {
  test('is 43 bytes that nobody keeps, for all pages', async t => {
    const { ask } = await open(t)
    const { status, headers, body } = await ask('/r/shop/acme/pageview', {
      headers: { 'if-none-match': '*', 'if-modified-since': new Date().toUTCString() },
    })
    assert.deepEqual([status, body.length, body.slice(0, 6)], [200, 43, 'GIF89a'])
    assert.equal(headers['content-type'], 'image/gif')
    assert.equal(headers['content-length'], '43')
    assert.match(headers['cache-control']!, /no-store/)
    assert.deepEqual(
      [headers.etag, headers['last-modified'], headers['set-cookie']],
      [undefined, undefined, undefined],
    )
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin')
    assert.equal(headers['x-content-type-options'], 'nosniff')
  })

  test('is an event, with all that can be known', async t => {
    const { stage, ask } = await open(t)
    const page = encodeURIComponent('https://shop.example/cart?a=1&utm_source=x')
    await ask(
      `/r/shop/ac%C3%B6me/pageview?u=${page}&r=https%3A%2F%2Fg.example%2F&s=800x600&z=Asia/Tokyo&v=abc&x=1&x=2`,
    )
    const [event] = await stage.until(1)
    assert.deepEqual(plain(event!), {
      type: 'pageview',
      app: 'shop',
      data: {
        account: 'acöme',
        page: 'https://shop.example/cart?a=1&utm_source=x',
        path: '/cart',
        query: { a: '1', utm_source: 'x', x: '2' },
        referrer: 'https://g.example/',
        screen: '800x600',
        tz: 'Asia/Tokyo',
        visitor: 'abc',
        browser: { name: 'Chrome', version: '131.0.0.0' },
        system: { name: 'Windows', version: '10' },
        bot: false,
        address: '127.0.0.1',
      },
    })
    assert.equal(Date.parse(event!.time as string), event!['@meta'].received)
  })

  test('without a page, says its own path and query, and where it was shown', async t => {
    const { stage, ask } = await open(t)
    await ask('/r/shop/acme/open?mail=7', { headers: { referer: 'https://mail.example/' } })
    const { path, query, referrer } = dataOf((await stage.until(1))[0])
    assert.deepEqual([path, query, referrer], ['/r/shop/acme/open', { mail: '7' }, 'https://mail.example/'])
  })

  test('what its parameters say wins over d=, whichever comes first', async t => {
    const { stage, ask } = await open(t)
    const u = 'u=https://x.example/y&v=me'
    const d = 'd={"amount":1,"visitor":"other","screen":"1x1"}'
    for (const query of [`${u}&${d}`, `${d}&${u}`]) await ask(`/r/a/b/c?${query}`)
    for (const { page, path, amount, visitor, screen } of (await stage.until(2)).map(dataOf))
      assert.deepEqual([page, path, amount, visitor, screen], ['https://x.example/y', '/y', 1, 'me', '1x1'])
  })

  test('a Referer is cut, as what pages say themselves is', async t => {
    const { stage, ask } = await open(t)
    await ask('/r/a/b/c', { headers: { referer: `https://x.example/${'y'.repeat(8000)}` } })
    assert.equal((dataOf((await stage.until(1))[0]).referrer as string).length, 4096)
  })

  test('may be asked for with scheme and host before its path', async t => {
    const { stage, ask } = await open(t)
    const { status, body } = await ask('http://collect.example/r/shop/acme/pageview?x=1')
    assert.deepEqual([status, body.length], [200, 43])
    const { path, query } = dataOf((await stage.until(1))[0])
    assert.deepEqual([path, query], ['/r/shop/acme/pageview', { x: '1' }])
  })

  test('HEAD is answered as GET is, and is no event', async t => {
    const { stage, ask } = await open(t)
    const { status, headers, body } = await ask('/r/shop/acme/pageview', { method: 'HEAD' })
    assert.deepEqual([status, headers['content-length'], body], [200, '43', ''])
    await ask('/r/shop/acme/another')
    assert.deepEqual(
      (await stage.until(1)).map(({ type }) => type),
      ['another'],
    )
  })

  test('another method is 405', async t => {
    const { ask, count } = await open(t)
    const { status, headers } = await ask('/r/a/b/c', post('text/plain', 'x'))
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'])
    assert.equal(count('refused'), 1)
  })

  const WRONG: [what: string, path: string, why: RegExp][] = [
    ['a byte that is not UTF-8', '/r/a/b/c%ff', /not UTF-8/],
    ['half an escape', '/r/a/b/c%', /not UTF-8/],
    ['a control character', '/r/a/b/c%0a', /control/],
    ['a NUL', '/r/a/%00/c', /control/],
    ['a header that is to be injected', '/r/a/b/c%0d%0aset-cookie:%20x=1', /control/],
    ['a slash', '/r/a/b%2fc/d', /slashes/],
    ['the folder above', '/r/a/../c', /slashes/],
    ['the folder above, hidden', '/r/a/%2e%2e/c', /slashes/],
    ['an empty name', '/r/a//c', /1 to 200/],
    ['a name that is too long', `/r/a/b/${'c'.repeat(201)}`, /1 to 200/],
    ['too few names', '/r/a/b', /the path is/],
    ['too many names', '/r/a/b/c/d', /the path is/],
    ['data that is no JSON', '/r/a/b/c?d={', /d= is no JSON object/],
    ['data that is a list', '/r/a/b/c?d=[]', /d= is no JSON object/],
    ['data that is too deep', `/r/a/b/c?d=${'['.repeat(2000)}`, /d= is no JSON object/],
  ]
  for (const [what, path, why] of WRONG)
    test(`${what} is 400, a picture all the same, and no event`, async t => {
      const { stage, ask, count } = await open(t)
      const { status, headers, body } = await ask(path)
      assert.deepEqual([status, body.length], [400, 43])
      assert.match(headers['x-error'] as string, why)
      assert.equal(headers['set-cookie'], undefined)
      assert.deepEqual([stage.out.length, count('refused')], [0, 1])
    })

  test('names and parameters that an object has anyway are only names', async t => {
    const { stage, ask } = await open(t)
    await ask(
      '/r/__proto__/constructor/toString?__proto__=1&constructor=2&d={"__proto__":{"bot":7},"bot":"no"}',
    )
    const [event] = await stage.until(1)
    const text = JSON.stringify(dataOf(event))
    assert.match(text, /"account":"constructor","__proto__":\{"bot":7\}/)
    assert.match(text, /"_bot":"no",.*"query":\{"__proto__":"1","constructor":"2"\}.*"bot":false/)
    assert.equal(({} as { bot?: unknown }).bot, undefined)
  })
})

describe('the snippet', () => {
  for (const flags of [[], ['--do-not-track', 'ignore']])
    test(`has less than 1 KiB, and may be kept for an hour ${flags.at(-1) ?? ''}`, async t => {
      const { ask } = await open(t, ...flags)
      const { status, headers, body } = await ask('/s.js')
      assert.deepEqual([status, headers['content-type']], [200, 'text/javascript; charset=utf-8'])
      assert.ok(body.length < 1024, `${body.length} bytes`)
      assert.equal(headers['cache-control'], 'public, max-age=3600')
      assert.equal(headers['cross-origin-resource-policy'], 'cross-origin')
      assert.equal(body.includes('globalPrivacyControl'), flags.length === 0)
      const again = await ask('/s.js', { headers: { 'if-none-match': `W/${headers.etag}` } })
      assert.deepEqual([again.status, again.body], [304, ''])
    })
})

test('docs/collect.md: the table is that of the fields', async t => {
  const { stage, ask } = await open(t)
  const page = encodeURIComponent('https://shop.example/?a=1')
  await ask(`/r/a/b/c?u=${page}&r=x&s=1x1&z=UTC&v=1`)
  const { '@meta': _, data, ...event } = (await stage.until(1))[0]!
  const fields = [...Object.keys(event), ...Object.keys(data as object).map(name => `data.${name}`)]
  const text = readFileSync(join(root, 'docs/collect.md'), 'utf8')
  const [, table = ''] = /<!-- fields -->\n([\s\S]*?)\n<!-- \/fields -->/.exec(text) ?? []
  const documented = [...table.matchAll(/^\| `([\w.]+)`/gm)].map(([, name]) => name)
  assert.deepEqual(documented.toSorted(), fields.toSorted())
})
