import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { describe, test } from 'node:test'
import { pino } from 'pino'
import { createAgents } from '../../../src/daemons/collect/agents.ts'
import { Guests } from '../../../src/daemons/collect/guests.ts'
import { toldByUrl } from '../../../src/daemons/collect/tracked.ts'
import { CHROME, dataOf, open, PAGE, post } from './support.ts'

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

  test('bug: a page that brought more at once than --burst was told to come again for ever', async t => {
    const { stage, ask } = await open(t, '--rate', '1/h', '--burst', '5')
    const { status, body } = await ask('/e', post('text/plain', Array(6).fill(PAGE)))
    assert.equal(status, 413)
    assert.match(body, /at most 5 are taken/)
    assert.equal(stage.out.length, 0)
    const free = await open(t, '--rate', 'off', '--burst', '5')
    assert.equal((await free.ask('/e', post('text/plain', Array(6).fill(PAGE)))).status, 204)
  })

  test('bug: all whose address was not known any more were one visitor', async () => {
    const daily = { trustedProxy: [], rate: 1, burst: 1, anonymizeAddress: false, dailyVisitor: true }
    const log = pino({ level: 'silent' })
    const guests = new Guests({ ...daily, doNotTrack: 'ignore' }, await createAgents(), log)
    const gone = { headers: {}, socket: {} } as IncomingMessage
    const { address, visitor } = guests.visitorOf(gone, guests.addressOf(gone), toldByUrl('/r/a/b/c'))
    assert.deepEqual([address, visitor], [undefined, undefined])
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
