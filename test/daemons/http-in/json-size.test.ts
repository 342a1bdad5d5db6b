import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JsonSize } from '../../../src/daemons/http-in/json-size.ts'

function sizeOf(...pieces: string[]): number {
  const size = new JsonSize()
  for (const piece of pieces) size.add(Buffer.from(piece))
  return size.bytes
}

test('a text is as large as it is', () => {
  const text = JSON.stringify('a, b, [c], {d}, "e", \\')
  assert.equal(sizeOf(text), text.length)
})

test('members are more, objects and lists still more', () => {
  const [plain, members, objects] = [sizeOf('[10101]'), sizeOf('[1,1,1]'), sizeOf('[{},{}]')]
  assert.ok(plain < members && members < objects)
})

test('it is the same in whatever pieces it comes', () => {
  const text = '[{"a,":"\\"[,"},1,"\\\\",[]]'
  assert.equal(sizeOf(...text), sizeOf(text))
  assert.equal(sizeOf(text), text.length + 3 * 16 + 3 * 64)
})
