import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Buckets } from '../../../src/daemons/count/buckets.ts'
import { parseStep, pointsOf } from '../../../src/daemons/count/series.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'
import { hashesOf } from './oracle.ts'

const NOW = Date.UTC(2026, 10, 23)
const HOUR = 3_600_000
const bucketsIn = (zone: string) => new Buckets(createZone(zone), { month: 0, day: 0, hour: 0, minute: 0 })

const MOST = { points: 10_000, buckets: 50_000 }

function points(step: string, from: number, to: number, zone = 'UTC') {
  const found = pointsOf(parseStep(step), { from, to }, bucketsIn(zone), NOW, MOST)
  return found!.map(({ time, fields }) => ({ time: new Date(time).toISOString(), fields }))
}
const times = (...asked: Parameters<typeof points>) => points(...asked).map(({ time }) => time)

// Days on which clocks are changed, at midnight (Sao Paulo), by half an hour (Lord Howe), by a whole day (Apia).
const CHANGES = [
  ['Europe/Berlin', Date.UTC(2026, 2, 29)],
  ['Europe/Berlin', Date.UTC(2026, 9, 25)],
  ['America/Sao_Paulo', Date.UTC(2018, 10, 4)],
  ['America/Sao_Paulo', Date.UTC(2018, 1, 18)],
  ['Australia/Lord_Howe', Date.UTC(2026, 9, 3, 12)],
  ['Australia/Lord_Howe', Date.UTC(2026, 3, 4, 12)],
  ['Pacific/Apia', Date.UTC(2011, 11, 30)],
  ['UTC', Date.UTC(2024, 1, 29)],
] as const

test('every event of the time is in one point, wherever clocks are changed, whatever the step', () => {
  const steps = ['minute', '5m', '30m', 'hour', '2h', '6h', 'day', 'week', 'month', 'year']
  fc.assert(
    fc.property(
      fc.constantFrom(...CHANGES),
      fc.constantFrom(...steps),
      fc.array(fc.integer({ min: -72 * 60, max: 72 * 60 }), { minLength: 1, maxLength: 40 }),
      ([zone, day], step, offsets) => {
        const events = offsets.map(minutes => ({ account: 'a', type: 't', time: day + minutes * 60_000 }))
        const hashes = hashesOf(events, zone)
        const [from, to] = [day - 73 * HOUR, day + 73 * HOUR]
        const found = pointsOf(parseStep(step), { from, to }, bucketsIn(zone), NOW, MOST)!
        const counts = found.map(({ fields }) =>
          fields.reduce((sum, [hash, field]) => sum + Number(hashes[`a/t/${hash}`]?.[field] ?? 0), 0),
        )
        // They only go forward, and each event is behind the beginning of its point.
        let counted = 0
        let last = Number.NEGATIVE_INFINITY
        const sorted = events.map(({ time }) => time).toSorted((a, b) => a - b)
        for (const [n, { time }] of found.entries()) {
          assert.ok(time > last)
          last = time
          assert.ok((sorted[counted] ?? time) >= time)
          counted += counts[n]!
        }
        assert.equal(counted, events.length)
      },
    ),
    { numRuns: 150 },
  )
})

test('an hour that the clock leaves out has no point, and one that comes twice has one', () => {
  const spring = times('hour', Date.UTC(2026, 2, 29), Date.UTC(2026, 2, 29, 3), 'Europe/Berlin')
  assert.deepEqual(spring, [
    '2026-03-29T00:00:00.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-03-29T02:00:00.000Z',
  ])
  const autumn = times('hour', Date.UTC(2026, 9, 24, 23), Date.UTC(2026, 9, 25, 3), 'Europe/Berlin')
  assert.deepEqual(autumn, [
    '2026-10-24T23:00:00.000Z',
    '2026-10-25T00:00:00.000Z',
    '2026-10-25T02:00:00.000Z',
  ])
})

test('days, weeks, months and years begin at midnight of the zone, and weeks on Monday', () => {
  const from = Date.UTC(2026, 2, 27, 12)
  assert.deepEqual(times('day', from, Date.UTC(2026, 2, 30), 'Europe/Berlin'), [
    '2026-03-26T23:00:00.000Z',
    '2026-03-27T23:00:00.000Z',
    '2026-03-28T23:00:00.000Z',
    '2026-03-29T22:00:00.000Z',
  ])
  assert.deepEqual(times('week', from, Date.UTC(2026, 3, 1)), [
    '2026-03-23T00:00:00.000Z',
    '2026-03-30T00:00:00.000Z',
  ])
  assert.deepEqual(times('month', from, Date.UTC(2026, 4, 1)), [
    '2026-03-01T00:00:00.000Z',
    '2026-04-01T00:00:00.000Z',
  ])
  assert.deepEqual(times('year', from, Date.UTC(2027, 0, 1)), ['2026-01-01T00:00:00.000Z'])
  // There is no midnight on this day.
  assert.deepEqual(times('day', Date.UTC(2018, 10, 4, 12), Date.UTC(2018, 10, 4, 13), 'America/Sao_Paulo'), [
    '2018-11-04T03:00:00.000Z',
  ])
})

test('steps are those that divide an hour or a day', () => {
  for (const step of ['5m', '15min', '60m', '6h', '24h', '1d']) assert.ok(parseStep(step))
  for (const step of ['', '7m', '5h', '90m', '2d', '0m', 'fortnight', '-1m', '5'])
    assert.throws(() => parseStep(step), /is no step; write minute, hour/)
})

test('too many points are none, and found to be too many soon', () => {
  const range = { from: 0, to: Date.UTC(9999, 0) }
  assert.equal(pointsOf(parseStep('minute'), range, bucketsIn('UTC'), NOW, MOST), undefined)
})

test('what is read for a series is bounded, and what is gone is not read', () => {
  const buckets = new Buckets(createZone('UTC'), { minute: 7 * 86_400_000, hour: 0, day: 0, month: 0 })
  const ask = (from: number) =>
    pointsOf(parseStep('30m'), { from, to: NOW }, buckets, NOW, { points: 10_000, buckets: 20_000 })
  const points = ask(NOW - 200 * 86_400_000)!
  assert.ok(points.length === 9600 || points.length === 9601)
  const read = points.flatMap(({ fields }) => fields)
  assert.ok(read.length >= 7 * 1440 && read.length < 8 * 1440, `${read.length}`)
  assert.ok(points.every(({ isGone, fields }) => fields.length === (isGone ? 0 : 30)))
  const forEver = new Buckets(createZone('UTC'), { minute: 0, hour: 0, day: 0, month: 0 })
  const range = { from: NOW - 30 * 86_400_000, to: NOW }
  assert.equal(
    pointsOf(parseStep('30m'), range, forEver, NOW, { points: 10_000, buckets: 20_000 }),
    undefined,
  )
})
