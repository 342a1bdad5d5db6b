import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { test } from 'node:test'
import fc from 'fast-check'
import { encode } from '../../../src/lib/msgpack/encode.ts'
import { looksLikeMsgpack } from '../../../src/lib/msgpack/looks-like.ts'

test('records do, and no text does', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer(), { maxKeys: 40 }), record => {
      assert.ok(looksLikeMsgpack(encode(record)))
      assert.ok(!looksLikeMsgpack(Buffer.from(JSON.stringify(record))))
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      assert.ok(!looksLikeMsgpack(Buffer.from(text)))
    }),
  )
  for (let code = 0; code < 0x800; code++)
    assert.ok(!looksLikeMsgpack(Buffer.from(String.fromCharCode(code))))
})

test('lists do, so that they are refused as what they are', () => {
  for (const hex of ['9101', 'dc000101', 'dd0000000101', 'de0000']) {
    const bytes = Buffer.from(hex, 'hex')
    assert.ok(looksLikeMsgpack(bytes) && !isUtf8(bytes))
  }
})
