import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dataOf, open, PAGE, post, SHOP } from './support.ts'

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
    ['no type', 'application/json', '{"a":1}', 400, /an event has a "type"/],
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
