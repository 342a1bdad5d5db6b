import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeZ85, encodeZ85, isKey } from '../../../src/lib/curve/z85.ts'

test('the test vectors of ZeroMQ RFC 32', () => {
  assert.equal(encodeZ85(Buffer.from('864FD26FB559F75B', 'hex')), 'HelloWorld')
  const key = '8E0BDD697628B91D8F245587EE95C5B04D48963F79259877B49CD9063AEAD3B7'
  assert.equal(encodeZ85(Buffer.from(key, 'hex')), 'JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6')
})

test('what is written is read again', () => {
  const words = fc
    .uint8Array({ minLength: 0, maxLength: 64 })
    .map(bytes => bytes.subarray(0, bytes.length & ~3))
  fc.assert(
    fc.property(words, bytes => {
      assert.deepEqual(decodeZ85(encodeZ85(Buffer.from(bytes))), Buffer.from(bytes))
    }),
  )
})

test('no text of other characters, of another length, or beyond 32 bits', () => {
  for (const text of ['Hello', '#####', '0000', '00 00', 'ä0000', '%nSc1']) {
    const isZ85 = text === 'Hello'
    assert.equal(decodeZ85(text) !== undefined, isZ85, text)
  }
  assert.equal(isKey('0'.repeat(40)), true)
  for (const text of ['', '0'.repeat(35), '0'.repeat(45), `#${'0'.repeat(39)}`])
    assert.equal(isKey(text), false, text)
})
