import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DailyVisitors } from '../../../src/daemons/collect/daily-visitors.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const HOUR = 3_600_000

test('the same for a day of UTC, another one on the next day, and never the one before again', () => {
  const visitors = new DailyVisitors()
  const at = (hours: number, ...whom: string[]) => visitors.of(NOON + hours * HOUR, ...whom)
  const first = at(0, 'a', 'b')
  assert.equal(at(11.9, 'a', 'b'), first)
  assert.notEqual(at(11.9, 'ab', ''), first)
  const next = at(12, 'a', 'b')
  assert.notEqual(next, first)
  // A clock that steps back.
  assert.notEqual(at(0, 'a', 'b'), first)
  assert.notEqual(new DailyVisitors().of(NOON, 'a', 'b'), new DailyVisitors().of(NOON, 'a', 'b'))
})
