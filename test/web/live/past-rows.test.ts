import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Series } from '../../../src/web/live/history/past.ts'
import { rowsOf } from '../../../src/web/live/history/past-rows.ts'
import { stepsFor } from '../../../src/web/live/history/span.ts'

const [minute] = stepsFor({ from: 0, to: 3_600_000 }, false)

const series = (more: Partial<Series>, ...counts: number[]): Series => ({
  ...{ key: 'k', kind: 'count', before: undefined, isRunning: false, isForgotten: false },
  points: counts.map((count, index) => ({ time: new Date(index * 60_000).toISOString(), count })),
  ...more,
})

test('one key has columns, the last of which is drawn by itself as long as it grows', () => {
  assert.deepEqual(rowsOf([series({}, 4, 5)], minute!), [
    [0, 60_000, 120_000],
    [4, 5, null],
  ])
  assert.deepEqual(rowsOf([series({ isRunning: true, before: [7, null] }, 4, 5)], minute!), [
    [0, 60_000, 120_000],
    [4, null, null],
    [null, 5, null],
    // Over them, and as wide as they are.
    [7, null, null],
  ])
  assert.deepEqual(rowsOf([series({ before: [7, 8] }, 4, 5)], minute!).at(-1), [7, 8, 8])
})

test('several have lines, and the way to what grows is drawn by itself', () => {
  const both = [series({ isRunning: true, before: [1, 2, 3] }, 4, 5, 6), series({ isRunning: true }, 7, 8, 9)]
  assert.deepEqual(rowsOf(both, minute!), [
    [0, 60_000, 120_000],
    [1, 2, 3],
    [4, 5, null],
    [7, 8, null],
    [null, 5, 6],
    [null, 8, 9],
  ])
  assert.deepEqual(rowsOf([series({})], minute!), [[], []])
})
