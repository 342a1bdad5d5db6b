import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NumberRanges } from '../../../src/lib/ack/number-ranges.ts'

test('numbers that come in order are one run, whatever is missing two', () => {
  const ranges = new NumberRanges()
  for (let n = 1; n <= 1000; n++) ranges.add(n)
  assert.equal(ranges.runs, 1)
  ranges.add(1002)
  assert.deepEqual([ranges.runs, ranges.has(1001), ranges.has(1002)], [2, false, true])
  ranges.add(1001)
  assert.equal(ranges.runs, 1)
  ranges.forget(1001)
  assert.deepEqual([ranges.has(1000), ranges.has(1001)], [false, true])
  ranges.forget(2000)
  assert.equal(ranges.runs, 0)
})

test('it is a set, in as few runs as there can be', () => {
  const step = fc.tuple(fc.boolean(), fc.nat(40))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const ranges = new NumberRanges()
      const model = new Set<number>()
      for (const [rarely, n] of steps) {
        if (rarely && n % 5 === 0) {
          ranges.forget(n)
          for (const one of model) if (one < n) model.delete(one)
        } else {
          ranges.add(n)
          model.add(n)
        }
        for (let one = -1; one < 43; one++) assert.equal(ranges.has(one), model.has(one))
        const begins = [...model].filter(one => !model.has(one - 1))
        assert.equal(ranges.runs, begins.length)
      }
    }),
  )
})
