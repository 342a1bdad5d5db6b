import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nextOf } from '../../src/lib/sample.ts'

describe('a lot', () => {
  test('of all is everyone', () => {
    assert.equal(nextOf(1), 1)
  })

  for (const n of [2, 10, 1000])
    test(`one in ${n} is that many`, () => {
      const draws = 20_000
      let sum = 0
      for (let draw = 0; draw < draws; draw++) sum += nextOf(n)
      // Ten times the standard deviation of the mean.
      assert.ok(Math.abs(sum / draws - n) < (10 * n) / Math.sqrt(draws), `one in ${sum / draws}`)
    })

  test('is a whole number whatever chance says', () => {
    for (const chance of [0, Number.EPSILON, 0.5, 1 - Number.EPSILON])
      assert.ok(Number.isSafeInteger(nextOf(1_000_000, () => chance)) && nextOf(2, () => chance) >= 1)
  })
})
