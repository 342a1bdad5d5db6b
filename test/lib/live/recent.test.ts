import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Recent } from '../../../src/lib/live/recent.ts'

function filled(count: number, size = 10) {
  const recent = new Recent<{ sequence: number; size: number }>('abc')
  for (let n = 1; n <= count; n++) recent.add({ sequence: n, size })
  return recent
}

const numbers = (entries: { sequence: number }[]) => entries.map(({ sequence }) => sequence)

describe('the newest of what came', () => {
  test('are those behind a number, some at a time', () => {
    const recent = filled(5)
    assert.deepEqual(numbers(recent.after(2).entries), [3, 4, 5])
    assert.deepEqual(numbers(recent.after(2, 2).entries), [3, 4])
    assert.deepEqual(recent.after(5), { entries: [], missed: 0 })
  })

  test('are so many, and so many bytes; of the others it is known how many there were', () => {
    const recent = filled(100)
    recent.trim({ records: 20, bytes: 1e6 })
    assert.equal(recent.after(0).missed, 80)
    recent.trim({ records: 20, bytes: 100 })
    assert.equal(recent.after(0).missed, 90)
    assert.equal(recent.after(95).missed, 0)
    recent.skip(7)
    assert.deepEqual(recent.after(95), { entries: [], missed: 12 })
  })

  test('are those before a number, some at a time, as far as they are not forgotten', () => {
    const recent = filled(9)
    assert.deepEqual(numbers(recent.before(10, 3)), [7, 8, 9])
    assert.deepEqual(numbers(recent.before(3, 5)), [1, 2])
    recent.trim({ records: 4, bytes: 1e6 })
    assert.deepEqual(numbers(recent.before(8, 5)), [6, 7])
    assert.deepEqual(numbers(recent.before(4, 5)), [])
  })

  for (const [id, sequence] of [
    ['abc-3', 3],
    ['abc-5', 5],
    ['abc-6', undefined],
    ['abd-3', undefined],
    ['abc-', undefined],
    ['3', undefined],
    ['abc-99999999999999999999', undefined],
  ] as const)
    test(`the id ${id} is ${sequence ?? 'of no event'}`, () => {
      assert.equal(filled(5).sequenceOf(id), sequence)
    })
})
