import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tally } from '../../src/lib/tally.ts'

test('the first is told at once, what follows once a minute, and the rest at the end', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const told: number[] = []
  const tally = new Tally(count => told.push(count))
  tally.note(2)
  tally.note(3)
  tally.note(4)
  assert.deepEqual(told, [2])
  t.mock.timers.tick(60_000)
  assert.deepEqual(told, [2, 7])
  t.mock.timers.tick(60_000)
  tally.note(1)
  assert.deepEqual(told, [2, 7, 1])
  tally.note(5)
  tally.close()
  assert.deepEqual(told, [2, 7, 1, 5])
})
