import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parametersOf, partsOf } from '../../../src/daemons/collect/parameters.ts'

test('paths and queries are those of URL.parse, but for routes', () => {
  const piece = fc.constantFrom('/', 'a', '?', '#', '%41', '&b=1', ':', '@', '=')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
      const url = `https://shop.example/${pieces.join('')}`
      const { pathname, search, hash } = new URL(url)
      const [route = ''] = /^#\/[^?]*/.exec(hash) ?? []
      assert.deepEqual(partsOf(url), { path: pathname + route, query: search.slice(1) })
    }),
  )
})

test('at most a hundred', () => {
  const query = Array.from({ length: 1000 }, (_, n) => `p${n}=1`).join('&')
  assert.equal(parametersOf(query).length, 100)
})

const URLS: [url: string, path: string, query: string][] = [
  ['https://shop.example/cart?a=1&b', '/cart', 'a=1&b'],
  ['https://shop.example', '/', ''],
  ['https://shop.example?a', '/', 'a'],
  ['https://user@shop.example:8080/a/b#c?d', '/a/b', ''],
  ['https://shop.example/#/cart/7?a=1', '/#/cart/7', ''],
  ['https://shop.example/app?a=1#!/cart', '/app#!/cart', 'a=1'],
  ['https://shop.example/#!cart', '/', ''],
  ['/cart?a=1', '/cart', 'a=1'],
  ['file:///home/me/a.html', '/home/me/a.html', ''],
  ['app:start?x', 'start', 'x'],
  ['?', '/', ''],
  ['\n', '\n', ''],
]
for (const [url, path, query] of URLS)
  test(`${JSON.stringify(url)} has the path ${JSON.stringify(path)}`, () => {
    assert.deepEqual(partsOf(url), { path, query })
  })
