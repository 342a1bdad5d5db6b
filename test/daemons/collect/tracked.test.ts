import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refused } from '../../../src/daemons/collect/refused.ts'
import { type Told, toldByPost, toldByUrl } from '../../../src/daemons/collect/tracked.ts'

/** What is there of it. */
const known = (told: Told) =>
  Object.fromEntries(
    Object.entries(told).filter(([, value]) => value !== undefined && `${value}` !== ''),
  ) as Partial<Told>

const refused = (why: RegExp) => (error: Refused) =>
  error instanceof Refused && error.status === 400 && why.test(error.message)

const NAMES = { app: 'a', account: 'b', type: 'c' }

describe('the URL of a GIF', () => {
  for (const [query, told] of [
    ['', {}],
    ['?', {}],
    ['?u=https%3A%2F%2Fx%2F%3Fa%3D1&r=y', { page: 'https://x/?a=1', referrer: 'y' }],
    ['?s=1x1&z=UTC&v=me', { screen: '1x1', tz: 'UTC', visitor: 'me' }],
    ['?u=1&u=2', { page: '2' }],
    [
      '?U=1&=2&x',
      {
        query: [
          ['U', '1'],
          ['', '2'],
          ['x', ''],
        ],
      },
    ],
    [
      '?a=%ff&b=%F0%9F%98%80+c',
      {
        query: [
          ['a', '\ufffd'],
          ['b', '😀 c'],
        ],
      },
    ],
    ['?d={"n":1,"account":"z","page":"p","v":2}', { page: 'p', own: { n: 1, v: 2 } }],
    ['?u=1&d={"page":"p","visitor":"v"}&v=2', { page: '1', visitor: '2', own: {} }],
  ] as [query: string, told: object][])
    test(`${query || 'alone'} says ${JSON.stringify(told)}`, () => {
      const { path, ...rest } = known(toldByUrl(`/r/a/b/c${query}`))
      assert.equal(path, '/r/a/b/c')
      assert.deepEqual(rest, { ...NAMES, ...told })
    })

  test('keeps the digits of numbers', () => {
    const digits = '{"n":12345678901234567890}'
    assert.equal(JSON.stringify(toldByUrl(`/r/a/b/c?d=${digits}`).own), digits)
  })

  test('has names that are percent-encoded', () => {
    const { app, account, type } = toldByUrl('/r/a%20b/Zo%C3%AB/%25')
    assert.deepEqual([app, account, type], ['a b', 'Zoë', '%'])
  })

  for (const [url, why] of [
    ['/r', /the path is/],
    ['/r/a/b', /the path is/],
    ['/r/a/b/c/', /the path is/],
    ['/r/a//c', /a name in the path has/],
    ['/r/a/b/..', /a name in the path has/],
    ['/r/a/b%2Fc/d', /a name in the path has/],
    ['/r/a/b/%00', /a name in the path has/],
    ['/r/a/b/%ff', /not UTF-8/],
    ['/r/a/b/%', /not UTF-8/],
    ['/r/a/b/c?d=', /d= is no JSON object/],
    ['/r/a/b/c?d=[1]', /d= is no JSON object/],
    ['/r/a/b/c?d=null', /d= is no JSON object/],
    ['/r/a/b/c?d={', /d= is no JSON object/],
  ] as const)
    test(`${url} is none`, () => assert.throws(() => toldByUrl(url), refused(why)))
})

describe('what a page posts', () => {
  test('is names, what is ours, and fields of its own', () => {
    const data = {
      account: 'b',
      page: 'p',
      referrer: 'r',
      screen: 's',
      tz: 't',
      visitor: 'v',
      n: 1,
      deep: { a: [1] },
    }
    const { account: _, n, deep, ...ours } = data
    assert.deepEqual(known(toldByPost({ app: 'a', type: 'c', data, time: 7 })), {
      ...NAMES,
      ...ours,
      own: { n, deep },
    })
  })

  for (const [value, why] of [
    [null, /an event is a JSON object/],
    [[], /an event is a JSON object/],
    ['a', /an event is a JSON object/],
    [{ app: 'a', type: 'c' }, /"data.account" has/],
    [{ app: 'a', type: 'c', data: [] }, /"data" is a JSON object/],
    [{ app: 'a', type: 'c', data: null }, /"data" is a JSON object/],
    [{ app: 'a', type: 'c', data: { account: 7 } }, /"data.account" has/],
    [{ app: '', type: 'c', data: { account: 'b' } }, /"app" has/],
    [{ app: 'a', type: 'c/d', data: { account: 'b' } }, /"type" has/],
  ] as const)
    test(`${JSON.stringify(value)} is none`, () => assert.throws(() => toldByPost(value), refused(why)))
})
