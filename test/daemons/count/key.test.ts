import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { accountOfKey, keyOfHash, keyOfPath, partOf } from '../../../src/daemons/count/key.ts'

test('a value is one part of a key, whatever is in it', () => {
  assert.equal(partOf('acme'), 'acme')
  assert.equal(partOf('a/b'), 'a%2Fb')
  assert.equal(partOf('50%'), '50%25')
  assert.equal(partOf('a%2Fb'), 'a%252Fb')
  assert.equal(partOf('Käse 🧀'), 'Käse 🧀')
  assert.equal(partOf('a\nb\u0000'), 'a%0Ab%00')
  assert.equal(partOf('\ud800'), '\ufffd')
  for (const value of ['', '.', '..']) assert.equal(partOf(value), undefined)
})

test('two values are two parts, and a part is found under its address', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
      const [first, second] = [partOf(one), partOf(other)]
      if (first === undefined || second === undefined) return
      if (one !== other) assert.notEqual(first, second)
      assert.ok(!first.includes('/'))
      assert.equal(keyOfPath(`${encodeURIComponent(one)}/${encodeURIComponent(other)}`), `${first}/${second}`)
      assert.equal(accountOfKey(`${first}/${second}`), one)
    }),
  )
})

test('what is no address of a key is none', () => {
  for (const path of ['', '/', 'a//b', 'a/', '%zz', 'a/%2e%2e/b'])
    assert.equal(keyOfPath(path), undefined, path)
})

test('the name of a hash is a key and a date', () => {
  assert.equal(keyOfHash('acme/pageview/2013'), 'acme/pageview')
  assert.equal(keyOfHash('acme/pageview/2013/09/05/14'), 'acme/pageview')
  assert.equal(keyOfHash('acme/2013/2014/01'), 'acme/2013')
  assert.equal(keyOfHash('a\u2028b/pageview/2013'), 'a\u2028b/pageview')
  for (const name of [
    ...['acme/pageview', '2013/09', 'acme/2013/9', 'acme/2013/09/05/14/37'],
    ...['acme/2013/13', 'acme/2013/00', 'acme/2013/09/32', 'acme/2013/09/05/24'],
  ])
    assert.equal(keyOfHash(name), undefined, name)
})
