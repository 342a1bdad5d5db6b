import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Buckets, MINUTE } from '../../../src/daemons/count/buckets.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'
import { hashesOf } from './oracle.ts'

const FOR_EVER = { month: 0, day: 0, hour: 0, minute: 0 }
const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 23)

export const ZONES = [
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'],
  ...['America/Sao_Paulo', 'Pacific/Apia', 'Asia/Kathmandu'],
]

test('an event is in the four hashes that the clock on the wall says, at any time in any zone', () => {
  const time = fc.integer({ min: Date.UTC(1971, 0), max: Date.UTC(2026, 0) })
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), time, (zone, time) => {
      const buckets = new Buckets(createZone(zone), FOR_EVER)
      const places = buckets.placesOf(buckets.minuteOf(time, NOW)!, NOW)
      const found = Object.fromEntries(
        places.map(({ hash, field }) => [`acme/pageview/${hash}`, { [field]: '1' }]),
      )
      assert.deepEqual(found, hashesOf([{ account: 'acme', type: 'pageview', time }], zone))
    }),
    { numRuns: 2000 },
  )
})

test('hours of a day that has 25 are counted in the same field', () => {
  const buckets = new Buckets(createZone('Europe/Berlin'), FOR_EVER)
  const [first, second] = [Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 25, 1, 30)]
  assert.equal(buckets.minuteOf(first, NOW), buckets.minuteOf(second, NOW))
})

describe('expiry', () => {
  const keep = { month: 0, day: 0, hour: 90 * DAY, minute: 7 * DAY }
  const levels = (buckets: Buckets, time: number, now: number) =>
    buckets.placesOf(buckets.minuteOf(time, now)!, now).map(({ level }) => level)

  test('counts from the end of what is in the hash', () => {
    const buckets = new Buckets(createZone('UTC'), keep)
    const time = Date.UTC(2026, 8, 5, 14, 37)
    const places = buckets.placesOf(buckets.minuteOf(time, time)!, time)
    assert.deepEqual(
      places.map(({ expires }) => expires),
      [0, 0, Date.UTC(2026, 8, 6) + 90 * DAY, Date.UTC(2026, 8, 5, 15) + 7 * DAY],
    )
  })

  test('an event that comes too late for a level is not counted there, or half a bucket would look like a whole one', () => {
    const buckets = new Buckets(createZone('UTC'), keep)
    const time = Date.UTC(2026, 8, 5, 14, 37)
    const end = Date.UTC(2026, 8, 5, 15) + 7 * DAY
    assert.deepEqual(levels(buckets, time, end - 1), ['month', 'day', 'hour', 'minute'])
    assert.deepEqual(levels(buckets, time, end), ['month', 'day', 'hour'])
    assert.deepEqual(levels(buckets, time, time + 200 * DAY), ['month', 'day'])
  })

  test('what is older than the store is as old as the store: history can be read in', () => {
    const buckets = new Buckets(createZone('UTC'), keep)
    buckets.since = NOW
    const time = Date.UTC(2013, 8, 5, 14, 37)
    assert.deepEqual(levels(buckets, time, NOW), ['month', 'day', 'hour', 'minute'])
    assert.deepEqual(levels(buckets, time, NOW + 7 * DAY), ['month', 'day', 'hour'])
  })
})

test('a time that no clock shows, or long ahead, is none', () => {
  const buckets = new Buckets(createZone('UTC'), FOR_EVER)
  for (const time of [0, -1, Number.NaN, 8.64e15, NOW + 500 * DAY])
    assert.equal(buckets.minuteOf(time, NOW), undefined)
  assert.equal(buckets.minuteOf(NOW + 39 * DAY, NOW), (NOW + 39 * DAY) / MINUTE)
})
