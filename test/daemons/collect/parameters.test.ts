import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parametersOf, partsOf } from '../../../src/daemons/collect/parameters.ts'

test('parameters are those of URLSearchParams', () => {
  const piece = fc.constantFrom(
    'a',
    'b=1',
    'b=%31',
    '%41=+',
    'c=d=e',
    '=',
    '%',
    '%ff',
    '%C3%A4=ä',
    '__proto__=1',
    '&',
    '',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), pieces => {
      const query = pieces.join('&')
      assert.deepEqual(parametersOf(query), [...new URLSearchParams(query)])
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
