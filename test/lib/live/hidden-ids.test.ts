import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HiddenIds } from '../../../src/lib/live/hidden-ids.ts'

test('a hidden id leads back to its number, and two of them are never the same', () => {
  const ids = new HiddenIds(() => 70_000)
  for (const n of [0, 1, 4711, 70_000]) assert.equal(ids.sequenceOf(ids.idOf(n)), n)
  assert.equal(new Set(Array.from({ length: 100 }, () => ids.idOf(7))).size, 100)
})

test('an id of another life, of no event, or of something else is none', () => {
  const ids = new HiddenIds(() => 100)
  const other = new HiddenIds(() => 100)
  for (const id of [other.idOf(7), ids.idOf(101), '', 'mh8x2k1c-7', 'x'.repeat(22), 'x'.repeat(10_000)])
    assert.equal(ids.sequenceOf(id), undefined, id)
})
