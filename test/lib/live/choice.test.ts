import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { atMostASecond, oneIn } from '../../../src/lib/live/choice.ts'

test('bug: of two who send by turns, a sample showed always the same one', () => {
  const isSampled = oneIn(2)
  const taken = Array.from({ length: 1000 }, isSampled)
  for (const sender of [0, 1]) {
    const count = taken.filter((isTaken, n) => isTaken && n % 2 === sender).length
    assert.ok(count > 150 && count < 350, `${count} of 500`)
  }
})

describe('a rate', () => {
  test('that is high takes memory for what came, and not before', () => {
    const { arrayBuffers } = process.memoryUsage()
    const rates = Array.from({ length: 1000 }, () => atMostASecond(10_000, () => 0))
    assert.ok(process.memoryUsage().arrayBuffers - arrayBuffers < 10 * 2 ** 20)
    assert.ok(rates.every(isDue => isDue()))
  })

  test('lets a burst through, and then waits for the second to be over', () => {
    let now = 5000
    const isDue = atMostASecond(3, () => now)
    const burst = () => Array.from({ length: 5 }, isDue)
    assert.deepEqual(burst(), [true, true, true, false, false])
    now = 5999
    assert.equal(isDue(), false)
    now = 6000
    assert.deepEqual(burst(), [true, true, true, false, false])
  })

  test('is kept in any second, whenever it begins', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 60 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), steps, (most, waits) => {
        let now = 0
        const isDue = atMostASecond(most, () => now)
        const times: number[] = []
        for (const wait of waits) {
          now += wait
          if (isDue()) times.push(now)
        }
        for (const time of times)
          assert.ok(times.filter(other => other >= time && other < time + 1000).length <= most)
      }),
    )
  })
})
