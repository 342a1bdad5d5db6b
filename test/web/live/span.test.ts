import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zoneOf } from '../../../src/web/lib/zone.ts'
import { instantOf, intervalOf, moved, stepsFor } from '../../../src/web/live/history/span.ts'
import { figureOf } from '../../../src/web/live/history/sums.ts'

const HOUR = 3_600_000
const NOW = Date.UTC(2026, 10, 23, 12)

test('a time has the steps that make a chart of it', () => {
  const first = (length: number, isWhole = false) =>
    stepsFor({ from: NOW - length, to: NOW }, isWhole)[0]!.name
  assert.deepEqual(
    [HOUR, 24 * HOUR, 168 * HOUR, 720 * HOUR, 8760 * HOUR, 20 * 8760 * HOUR].map(length => first(length)),
    ['minute', '15m', 'hour', 'day', 'week', 'year'],
  )
  assert.equal(first(24 * HOUR, true), 'hour', 'distinct values are known of whole steps only')
  assert.equal(first(8760 * HOUR, true), 'month')
  assert.deepEqual(
    stepsFor({ from: NOW - 720 * HOUR, to: NOW }, true).map(({ name }) => name),
    ['day', 'month'],
  )
})

test('one goes earlier and later, and follows what comes when one is back', () => {
  const day = intervalOf({ name: 'day' }, NOW)
  assert.deepEqual(day, { from: NOW - 24 * HOUR, to: NOW })
  const before = moved({ name: 'day' }, -1, NOW)
  assert.deepEqual(before, { from: NOW - 48 * HOUR, to: NOW - 24 * HOUR })
  assert.deepEqual(moved(before, 1, NOW), { name: 'day' })
  const own = { from: NOW - 5 * HOUR, to: NOW - 3 * HOUR }
  assert.deepEqual(moved(own, 9, NOW), { from: NOW - 2 * HOUR, to: NOW })
})

test('a time is written by the clock of the zone, on both sides of a change', () => {
  const berlin = zoneOf('Europe/Berlin')
  for (const [written, utc] of [
    ['2026-03-29T01:30', '2026-03-29T00:30:00Z'],
    ['2026-03-29T03:30', '2026-03-29T01:30:00Z'],
    ['2026-07-01T12:00', '2026-07-01T10:00:00Z'],
    ['2026-11-23T12:00', '2026-11-23T11:00:00Z'],
  ] as const)
    assert.equal(instantOf(written, berlin), Date.parse(utc), written)
  assert.ok(Number.isNaN(instantOf('', berlin)))
  assert.equal(berlin.dateTime(new Date('2026-07-01T22:30:05Z')), '2026-07-02 00:30:05')
  assert.equal(berlin.clock(new Date('2026-12-31T23:00:00.042Z')), '00:00:00.042')
  assert.equal(berlin.day(new Date('2026-12-31T23:00:00Z')), '01-01')
})

test('a sum leaves out what is not kept; who is distinct is not added up', () => {
  const points = [4, null, 5].map((count, index) => ({ time: String(index), count }))
  const series = { key: 'k', points, before: [2, 3, 9], isRunning: false, isForgotten: false }
  const figure = (more: object, index?: number) => {
    const { value, before, word } = figureOf({ kind: 'count', ...series, ...more }, index)
    return [value, before, word]
  }
  assert.deepEqual(figure({}), [9, 14, ''])
  assert.deepEqual(figure({ before: undefined }), [9, undefined, ''])
  assert.deepEqual(figure({ isRunning: true, before: undefined }), [9, undefined, ''])
  assert.deepEqual(figure({ isRunning: true }), [4, 5, ''], 'of what is over')
  assert.deepEqual(figure({ kind: 'distinct', before: undefined }), [5, undefined, 'most in a point'])
  assert.deepEqual(figure({ kind: 'sum' }, 1), [null, 3, ''])
  assert.deepEqual(figure({ isRunning: true }, 2), [5, 9, 'so far'])
  assert.deepEqual(figure({ before: [null] }, 0), [4, null, ''])
})
