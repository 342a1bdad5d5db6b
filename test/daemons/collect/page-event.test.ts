import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pageEvent, type Visitor, visitorIn } from '../../../src/daemons/collect/page-event.ts'
import { type Told, toldByUrl } from '../../../src/daemons/collect/tracked.ts'
import type { Fields } from '../../../src/lib/record.ts'

const NOW = Date.parse('2026-11-23T04:14:05.678Z')

/** The data of an event, but for what all have. */
function dataOf(told: Partial<Told>, visitor: Partial<Visitor> = {}): Fields {
  const event = pageEvent({ ...toldByUrl('/r/a/b/c'), ...told }, { agent: { bot: false }, ...visitor }, NOW)
  const { account, bot, ...data } = event.data as Fields
  assert.deepEqual([account, bot], ['b', visitor.agent?.bot ?? false])
  return data
}

describe('the event of what a page told', () => {
  test('has type, time and app before its data', () => {
    assert.deepEqual(pageEvent(toldByUrl('/r/a/b/c'), { agent: { bot: true } }, NOW), {
      type: 'c',
      time: '2026-11-23T04:14:05.678Z',
      app: 'a',
      data: { account: 'b', path: '/r/a/b/c', bot: true },
    })
  })

  for (const [what, told, data] of [
    [
      'a page',
      { page: 'https://x/cart?a=1&b=2' },
      { page: 'https://x/cart?a=1&b=2', path: '/cart', query: { a: '1', b: '2' } },
    ],
    ['a route', { page: 'https://x/#/cart' }, { page: 'https://x/#/cart', path: '/#/cart' }],
    ['a page that is no text', { page: 7 }, { path: '/r/a/b/c' }],
    ['an empty page', { page: '' }, { path: '/r/a/b/c' }],
    [
      'a page and the query of a GIF',
      { page: '/x?a=1&b=1', query: [['b', '2']] },
      { page: '/x?a=1&b=1', path: '/x', query: { a: '1', b: '2' } },
    ],
    [
      'names that an object has',
      {
        query: [
          ['__proto__', '1'],
          ['toString', '2'],
        ],
      },
      { path: '/r/a/b/c', query: JSON.parse('{"__proto__":"1","toString":"2"}') },
    ],
    [
      'what it says of itself',
      { screen: '1x1', tz: 'UTC', referrer: 'r' },
      { path: '/r/a/b/c', referrer: 'r', screen: '1x1', tz: 'UTC' },
    ],
    ['what is no text', { screen: 1, tz: null, referrer: {} }, { path: '/r/a/b/c' }],
    [
      'fields of its own',
      { own: { n: 1, path: 'p', query: 'q', browser: 1, system: 2, bot: 3, address: 4 } },
      { n: 1, _path: 'p', _query: 'q', _browser: 1, _system: 2, _bot: 3, _address: 4, path: '/r/a/b/c' },
    ],
    [
      'a field of its own called __proto__',
      { own: JSON.parse('{"__proto__":{"x":1}}') },
      JSON.parse('{"__proto__":{"x":1},"path":"/r/a/b/c"}'),
    ],
  ] as [what: string, told: Partial<Told>, data: Fields][])
    test(what, () => assert.equal(JSON.stringify(dataOf(told)), JSON.stringify(data)))

  test('is cut where it is too long', () => {
    const long = 'x'.repeat(10_000)
    const { page, referrer, screen, tz } = dataOf({ page: long, referrer: long, screen: long, tz: long })
    assert.deepEqual(
      [page, referrer, screen, tz].map(text => String(text).length),
      [4096, 4096, 64, 64],
    )
  })

  test('has where the GIF was shown only where no page is told', () => {
    const referrer = 'https://mail.example/'
    assert.equal(dataOf({}, { referrer }).referrer, referrer)
    assert.equal(dataOf({ referrer: 'r' }, { referrer }).referrer, 'r')
    assert.equal(dataOf({ page: '/x' }, { referrer }).referrer, undefined)
  })

  test('has copies of what is known of its browser', () => {
    const agent = { browser: { name: 'b', version: '1' }, system: { name: 's' }, bot: false }
    const data = dataOf({}, { agent, address: '192.0.2.7', visitor: 'v' })
    assert.deepEqual(data, {
      path: '/r/a/b/c',
      visitor: 'v',
      browser: agent.browser,
      system: agent.system,
      address: '192.0.2.7',
    })
    assert.notEqual(data.browser, agent.browser)
    assert.notEqual(data.system, agent.system)
  })
})

for (const [given, id] of [
  ['1795409674000.8437592837', '1795409674000.8437592837'],
  ['a_-~.Z9', 'a_-~.Z9'],
  ['x'.repeat(64), 'x'.repeat(64)],
  ['x'.repeat(65), undefined],
  ['', undefined],
  ['a b', undefined],
  ['ä', undefined],
  [7, undefined],
  [undefined, undefined],
] as const)
  test(`the id of a visitor in ${JSON.stringify(given)}`, () =>
    assert.equal(visitorIn({ ...toldByUrl('/r/a/b/c'), visitor: given }), id))
