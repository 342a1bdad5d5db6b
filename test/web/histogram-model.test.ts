import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Histogram } from '../../src/web/store/api.ts'
import { columns, merge } from '../../src/web/store/histogram-model.ts'

const at = (seconds: number) => new Date(seconds * 1000).toISOString()

function part(
  from: number,
  to: number,
  step: number,
  buckets: [number, number, number][],
  complete = true,
): Histogram {
  const sum = (column: 1 | 2) => buckets.reduce((total, bucket) => total + bucket[column], 0)
  return { from: at(from), to: at(to), step, buckets, total: sum(1), severe: sum(2), complete }
}

test('every bucket of the range has a column', () => {
  assert.deepEqual(columns(part(1.5, 5, 1000, [[2000, 3, 1]])), [
    [1000, 2000, 3000, 4000],
    [0, 3, 0, 0],
    [0, 1, 0, 0],
  ])
})

test('parts are put together with the wider of their buckets', () => {
  const earlier = part(0, 4, 2000, [
    [0, 1, 0],
    [2000, 2, 1],
  ])
  const later = part(
    4,
    6,
    1000,
    [
      [4000, 3, 0],
      [5000, 4, 4],
    ],
    false,
  )
  assert.deepEqual(
    merge(earlier, later),
    part(0, 6, 2000, [
      [0, 1, 0],
      [2000, 2, 1],
      [4000, 7, 4],
    ]),
  )
})

test('an answer that got nowhere ends it', () => {
  const later = part(4, 6, 1000, [], false)
  assert.equal(merge(part(4, 4, 1000, [], false), later).complete, true)
})
