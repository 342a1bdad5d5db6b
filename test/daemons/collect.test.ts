import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Receipt } from '../../src/lib/engine/receipt.ts'
import { root } from '../support/process.ts'
import { CHROME, dataOf, open, plain, post } from './collect/support.ts'

const PAGE = {
  type: 'pageview',
  app: 'shop',
  data: { account: 'acme', page: 'https://shop.example/cart?a=1' },
}
const SHOP = 'https://shop.example'

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

describe('what pages post', () => {
  test('is an event with what the request says of who sent it', async t => {
    const { stage, ask } = await open(t, '--allow-origin', SHOP)
    const own = { ...PAGE.data, amount: 12, referrer: '', screen: 7, bot: 'no', address: '1.2.3.4' }
    const { status, headers, body } = await ask(
      '/e',
      post('text/plain;charset=UTF-8', { ...PAGE, data: own }, { origin: SHOP }),
    )
    assert.deepEqual([status, body, headers['access-control-allow-origin']], [204, '', SHOP])
    assert.deepEqual(dataOf((await stage.until(1))[0]), {
      account: 'acme',
      amount: 12,
      _bot: 'no',
      _address: '1.2.3.4',
      bot: false,
      address: '127.0.0.1',
      page: 'https://shop.example/cart?a=1',
      path: '/cart',
      query: { a: '1' },
      browser: { name: 'Chrome', version: '131.0.0.0' },
      system: { name: 'Windows', version: '10' },
    })
    assert.equal(stage.out[0]!['@meta'].peer, undefined)
  })

  test('of an origin that is not allowed is refused, counted, and the log says what to type', async t => {
    const { stage, ask, count } = await open(t, '--allow-origin', SHOP)
    const { status } = await ask('/e', post('text/plain', PAGE, { origin: 'https://evil.example' }))
    assert.deepEqual([status, stage.out.length, count('foreign')], [403, 0, 1])
    assert.ok(stage.log.some(({ msg }) => msg.endsWith('give --allow-origin https://evil.example')))
  })

  test('a browser may ask first, from an allowed origin', async t => {
    const { ask } = await open(t, '--allow-origin', SHOP)
    const headers = { origin: SHOP, 'access-control-request-method': 'POST' }
    const { status, headers: answer } = await ask('/e', { method: 'OPTIONS', headers })
    assert.deepEqual([status, answer['access-control-allow-origin']], [204, SHOP])
  })

  for (const [what, body, why] of [
    ['no names', { type: 'a' }, /"app" has 1 to 200/],
    ['no account', { type: 'a', app: 'b', data: {} }, /"data.account" has/],
    ['a type with a line feed', { ...PAGE, type: 'a\n' }, /"type" has/],
    ['data that is a list', { ...PAGE, data: [] }, /"data" is a JSON object/],
    ['a number', 7, /an event is a JSON object/],
  ] as const)
    test(`${what} is 400`, async t => {
      const { ask, stage } = await open(t)
      const { status, body: answer } = await ask('/e', post('text/plain', body))
      assert.equal(status, 400)
      assert.match(JSON.parse(answer).error.message, why)
      assert.equal(stage.out.length, 0)
    })
})

describe('what programs post', () => {
  const BODIES: [what: string, type: string, body: string][] = [
    ['one event', 'application/json', '{"type":"a","n":1}'],
    ['a list', 'application/json; charset=utf-8', '[{"type":"a","n":1},{"type":"a","n":2}]'],
    ['lines', 'application/x-ndjson', '{"type":"a","n":1}\n{"type":"a","n":2}\n'],
    ['nothing', 'application/x-ndjson', ''],
  ]
  for (const [what, type, body] of BODIES)
    test(`${what} is taken as it is`, async t => {
      const { stage, ask } = await open(t)
      const { status } = await ask('/e', post(type, body))
      assert.equal(status, 204)
      assert.deepEqual(
        stage.out.map(({ type, n }) => `${type}${n}`),
        (body.match(/\d/g) ?? []).map(n => `a${n}`),
      )
    })

  test('keeps its time, its numbers and its nesting; a stranger’s @meta is renamed', async t => {
    const { stage, ask } = await open(t)
    const event =
      '{"type":"a","time":1795409674,"app":"b","data":{"n":12345678901234567890,"deep":{"x":[1]}},"more":true,"@meta":{"id":"x"}}'
    await ask('/e', post('application/json', event))
    assert.equal(
      JSON.stringify({ ...stage.out[0], '@meta': 0 }),
      event.replace('{', '{"@meta":0,').replace('"@meta":{', '"_meta":{'),
    )
    assert.match(stage.out[0]!['@meta'].peer!, /^127\.0\.0\.1$/)
  })

  for (const [what, type, body, status, why] of [
    [
      'JSON that is none',
      'application/json',
      '[{"type":"a"},\n{"type"',
      400,
      /nothing of it was taken: .*line 2/,
    ],
    ['what is not UTF-8', 'application/json', Buffer.from('{"type":"\xff"}', 'latin1'), 400, /not UTF-8/],
    ['no type', 'application/json', '{"a":1}', 400, /"type" has/],
    ['one of two', 'application/x-ndjson', '{"type":"a"}\n{"type":""}', 400, /"type" has/],
    [
      'an account with a slash',
      'application/json',
      '{"type":"a","data":{"account":"b/c"}}',
      400,
      /"data.account" has/,
    ],
    [
      'another account with a slash',
      'application/json',
      '{"type":"a","account":"b/c"}',
      400,
      /"account" has/,
    ],
    [
      'an account that is none',
      'application/json',
      '{"type":"a","data":{"account":{}}}',
      400,
      /"data.account" has/,
    ],
    ['a time that is none', 'application/json', '{"type":"a","time":"yesterday"}', 400, /"time" is ISO 8601/],
    ['another type', 'application/x-www-form-urlencoded', 'a=1', 415, /send application\/json/],
    ['no type of content', '', '{}', 415, /send application\/json/],
    ['more than --max-body', 'application/json', `"${'x'.repeat(70_000)}"`, 413, /at most 65536/],
    ['JSON that is too deep', 'application/json', '['.repeat(5000), 400, /nested deeper/],
  ] as const)
    test(`${what} is ${status}, and nothing of it is taken`, async t => {
      const { stage, ask } = await open(t)
      const answer = await ask('/e', post(type, body))
      assert.equal(answer.status, status, answer.body)
      assert.match(JSON.parse(answer.body).error.message, why)
      assert.equal(stage.out.length, 0)
    })

  test('accounts may be numbers', async t => {
    const { stage, ask } = await open(t)
    const answer = await ask('/e', post('application/json', { type: 'a', data: { account: 42 } }))
    assert.deepEqual([answer.status, dataOf(stage.out[0]).account], [204, 42])
  })

  test('a compressed body is 415, which says what to do', async t => {
    const { ask } = await open(t)
    const { status, body } = await ask('/e', post('application/json', '{}', { 'content-encoding': 'gzip' }))
    assert.equal(status, 415)
    assert.match(body, /without compression/)
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

describe('who is not to be known', () => {
  for (const [signal, value] of [
    ['sec-gpc', '1'],
    ['dnt', '1'],
  ])
    test(`${signal}: neither visitor nor address`, async t => {
      const { stage, ask } = await open(t, '--daily-visitor')
      const headers = { [signal!]: value! }
      await ask('/r/a/b/c?v=me', { headers })
      await ask('/e', post('application/json', { type: 'd' }, headers))
      await stage.until(2)
      const { visitor, address, browser } = dataOf(stage.out[0])
      assert.deepEqual(
        [visitor, address, (browser as { name: string }).name],
        [undefined, undefined, 'Chrome'],
      )
      assert.equal(stage.out[1]!['@meta'].peer, undefined)
    })

  test('--do-not-track drop: no event; ignore: all of it', async t => {
    const dropping = await open(t, '--do-not-track', 'drop')
    const headers = { dnt: '1' }
    assert.equal((await dropping.ask('/r/a/b/c?v=me', { headers })).status, 200)
    assert.equal((await dropping.ask('/e', post('text/plain', PAGE, headers))).status, 204)
    assert.deepEqual([dropping.stage.out.length, dropping.count('notTracked')], [0, 2])
    const ignoring = await open(t, '--do-not-track', 'ignore')
    await ignoring.ask('/r/a/b/c?v=me', { headers })
    assert.equal(dataOf((await ignoring.stage.until(1))[0]).visitor, 'me')
  })

  test('--anonymize-address', async t => {
    const { stage, ask } = await open(t, '--anonymize-address', '--trusted-proxy', '127.0.0.1')
    for (const from of ['198.51.100.7', '2001:db8:1:2::7'])
      await ask('/r/a/b/c', { headers: { 'x-forwarded-for': from } })
    assert.deepEqual(
      (await stage.until(2)).map(one => dataOf(one).address),
      ['198.51.100.0', '2001:db8:1::'],
    )
  })

  test('--daily-visitor: who brings no id gets one, of address, browser and account', async t => {
    const { stage, ask } = await open(t, '--daily-visitor')
    for (const [path, agent] of [
      ['/r/a/b/c', CHROME],
      ['/r/a/b/d', CHROME],
      ['/r/a/other/c', CHROME],
      ['/r/a/b/c', `${CHROME} Edg/1`],
      ['/r/a/b/c?v=own', CHROME],
    ])
      await ask(path!, { headers: { 'user-agent': agent! } })
    const [first, second, account, browser, own] = (await stage.until(5)).map(one => dataOf(one).visitor)
    assert.match(first as string, /^[\w-]{22}$/)
    assert.equal(second, first)
    assert.equal(new Set([first, account, browser, own]).size, 4)
    assert.equal(own, 'own')
  })
})

describe('who asks', () => {
  test('bots are marked, or dropped with --drop-bots', async t => {
    const headers = {
      'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    }
    const marking = await open(t)
    await marking.ask('/r/a/b/c', { headers })
    await marking.ask('/r/a/b/c', { headers: { 'user-agent': '' } })
    assert.deepEqual(
      (await marking.stage.until(2)).map(one => dataOf(one).bot),
      [true, true],
    )
    const dropping = await open(t, '--drop-bots')
    assert.equal((await dropping.ask('/r/a/b/c', { headers })).status, 200)
    assert.deepEqual([dropping.stage.out.length, dropping.count('bots')], [0, 1])
  })

  test('too often is 429: the GIF as a picture, POST with a message; others are not concerned', async t => {
    const { stage, ask, count } = await open(
      t,
      '--rate',
      '1/h',
      '--burst',
      '2',
      '--trusted-proxy',
      '127.0.0.1',
    )
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
    const answers = []
    for (const address of [
      '192.0.2.1',
      '192.0.2.1',
      '192.0.2.1',
      '192.0.2.2',
      '2001:db8::1',
      '2001:db8::2',
      '2001:db8:0::3',
    ])
      answers.push((await ask('/r/a/b/c', from(address))).status)
    assert.deepEqual(answers, [200, 200, 429, 200, 200, 200, 429])
    const gif = await ask('/r/a/b/c', from('192.0.2.1'))
    assert.deepEqual([gif.body.length, gif.headers['retry-after']], [43, '1'])
    const posted = await ask('/e', post('application/json', { type: 'a' }, from('192.0.2.1').headers))
    assert.deepEqual([posted.status, JSON.parse(posted.body).error.code], [429, 'too-many-requests'])
    assert.deepEqual([stage.out.length, count('rateLimited')], [5, 4])
  })

  test('what a page posts counts as many times as it has events; the snippet counts too', async t => {
    const { stage, ask, count } = await open(t, '--rate', '1/h', '--burst', '5')
    const events = (many: number) => post('text/plain', Array(many).fill(PAGE))
    assert.equal((await ask('/e', events(3))).status, 204)
    const { status, body } = await ask('/e', events(3))
    assert.equal(status, 429)
    assert.match(body, /send fewer at a time/)
    assert.equal((await ask('/s.js')).status, 200)
    assert.equal((await ask('/s.js')).status, 429)
    assert.deepEqual([stage.out.length, count('rateLimited')], [3, 2])
  })

  test('a proxy that nobody named is told of', async t => {
    const { stage, ask } = await open(t)
    await ask('/r/a/b/c', { headers: { 'x-forwarded-for': '192.0.2.1' } })
    assert.equal(dataOf((await stage.until(1))[0]).address, '127.0.0.1')
    assert.ok(stage.log.some(({ msg }) => /give --trusted-proxy 127\.0\.0\.1/.test(msg)))
  })

  test('from other hosts only with TLS', async t => {
    await assert.rejects(open(t, '--http', '0.0.0.0:0'), /would cross the network in clear; give --tls-cert/)
  })

  test('under any name', async t => {
    const { ask } = await open(t)
    for (const host of ['collect.example', 'evil.example:1', '[', ''])
      assert.equal((await ask('/r/a/b/c', { headers: { host } })).status, 200, host)
  })
})

describe('when nothing goes on', () => {
  test('a page is answered at once, a program when its events are accepted', async t => {
    const { stage, ask } = await open(t)
    const accepted = Promise.withResolvers<void>()
    stage.answer = batch => accepted.promise.then(() => ({ sent: batch.count }))
    assert.equal((await ask('/r/a/b/c')).status, 200)
    assert.equal((await ask('/e', post('text/plain', PAGE))).status, 204)
    let answered = false
    const program = ask('/e', post('application/json', { type: 'd' })).then(answer => {
      answered = true
      return answer
    })
    await stage.until(3)
    // One more round trip: it would have been answered by now.
    await ask('/r/a/b/c')
    assert.equal(answered, false)
    accepted.resolve()
    assert.equal((await program).status, 204)
  })

  test('--answer accepted: pages wait as well', async t => {
    const { stage, ask } = await open(t, '--answer', 'accepted')
    const accepted = Promise.withResolvers<void>()
    stage.answer = batch => accepted.promise.then(() => ({ sent: batch.count }))
    const answers: number[] = []
    const asked = [ask('/r/a/b/c'), ask('/e', post('text/plain', PAGE))].map(one =>
      one.then(({ status }) => answers.push(status)),
    )
    await stage.until(2)
    assert.deepEqual((await ask('/r/a/b/c', { method: 'HEAD' })).status, 200)
    assert.deepEqual(answers, [])
    accepted.resolve()
    await Promise.all(asked)
    assert.deepEqual(answers.toSorted(), [200, 204])
  })

  test('a program gets 503 when it takes too long, and at once after that, until something is accepted', async t => {
    const { stage, ask, count } = await open(t, '--answer-within', '50ms')
    const accepted = Promise.withResolvers<void>()
    stage.answer = batch => accepted.promise.then(() => ({ sent: batch.count }))
    const event = post('application/json', { type: 'a' })
    const late = await ask('/e', event)
    assert.deepEqual([late.status, late.headers['retry-after']], [503, '1'])
    assert.match(late.body, /not accepted in time/)
    assert.match((await ask('/e', event)).body, /not accepted at the moment/)
    assert.deepEqual([stage.out.length, count('busy')], [1, 2])
    accepted.resolve()
    await until(async () => (await ask('/e', event)).status === 204)
  })

  test('and is let in again when something was accepted, whatever was dropped beside it', async t => {
    const { stage, ask } = await open(t, '--answer-within', '50ms')
    const answered = Promise.withResolvers<Receipt>()
    stage.answer = () => answered.promise
    const two = post('application/json', [{ type: 'a' }, { type: 'a' }])
    assert.match((await ask('/e', two)).body, /not accepted in time/)
    stage.answer = batch => ({ sent: batch.count })
    answered.resolve({ sent: 1, 'dropped:buffer-full': 1 })
    let tries = 0
    await until(async () => (await ask('/e', two)).status === 204 || ++tries === 500)
    assert.ok(tries < 500)
  })

  test('what ends to come after the end is not taken, and its client told', async t => {
    const { stage, port } = await open(t)
    const body = JSON.stringify(PAGE)
    const head = { 'content-type': 'text/plain', 'content-length': body.length, expect: '100-continue' }
    const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/e', agent: false, headers: head })
    sent.flushHeaders()
    await once(sent, 'continue')
    await stage.stop()
    sent.end(body)
    const [answer] = await once(sent, 'response')
    answer.resume()
    assert.deepEqual([answer.statusCode, stage.out.length], [503, 0])
  })

  test('without room, a page is answered, a program asked to come again; what is dropped is in the books', async t => {
    const { stage, ask } = await open(t, '--buffer', '1KiB')
    const accepted = Promise.withResolvers<void>()
    stage.answer = batch => accepted.promise.then(() => ({ sent: batch.count }))
    await until(async () => {
      assert.equal((await ask(`/r/a/b/c?x=${'x'.repeat(500)}`)).status, 200)
      return (stage.books.outcomes['dropped:buffer-full'] ?? 0) > 0
    })
    const { status, body } = await ask('/e', post('application/json', { type: 'a' }))
    assert.equal(status, 503)
    assert.match(body, /no room/)
    accepted.resolve()
  })
})

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}

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
