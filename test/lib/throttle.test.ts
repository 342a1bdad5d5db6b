import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atMostEvery } from '../../src/lib/throttle.ts'

test('once in an interval', () => {
  let time = 0
  const may = atMostEvery(1000, () => time)
  const at = (now: number) => {
    time = now
    return may()
  }
  assert.deepEqual([0, 1, 999, 1000, 1001, 1999, 2500, 3499, 3500].map(at), [
    true,
    false,
    false,
    true,
    false,
    false,
    true,
    false,
    true,
  ])
})

test('bug: a clock that stepped back silenced it until it had caught up', () => {
  let time = 1e12
  const may = atMostEvery(1000, () => time)
  assert.equal(may(), true)
  time -= 3_600_000
  assert.equal(may(), true)
  assert.equal(may(), false)
})
