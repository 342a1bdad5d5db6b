import assert from 'node:assert/strict'
import { after, test } from 'node:test'

type Times = typeof import('../../src/web/lib/zone.ts') & typeof import('../../src/web/lib/time-ticks.ts')

const before = process.env.TZ
after(() => {
  if (before === undefined) delete process.env.TZ
  else process.env.TZ = before
})

/** The module as a browser of this zone has it. */
async function timesIn(zone: string): Promise<Times> {
  process.env.TZ = zone
  const [zones, ticks] = await Promise.all([
    import(`../../src/web/lib/zone.ts?${zone}`),
    import(`../../src/web/lib/time-ticks.ts?${zone}`),
  ])
  return { ...zones, ...ticks }
}

/** UTC, and what a clock on the wall of that zone shows: none of them may go through the zone of the browser. */
const SHOWN = [
  ['UTC', '2026-03-29T02:30:00.042Z', '2026-03-29 02:30:00'],
  ['UTC', '2026-03-08T02:30:00.042Z', '2026-03-08 02:30:00'],
  ['Europe/Berlin', '2026-03-29T00:59:59.042Z', '2026-03-29 01:59:59'],
  ['Europe/Berlin', '2026-03-29T01:00:00.042Z', '2026-03-29 03:00:00'],
  ['Europe/Berlin', '2026-10-25T00:30:00.042Z', '2026-10-25 02:30:00'],
  ['Europe/Berlin', '2026-10-25T01:30:00.042Z', '2026-10-25 02:30:00'],
  ['America/New_York', '2026-03-08T07:00:00.042Z', '2026-03-08 03:00:00'],
  ['Asia/Kolkata', '2026-12-31T18:30:00.042Z', '2027-01-01 00:00:00'],
] as const

/** What somebody writes, and when that is. */
const WRITTEN = [
  ['UTC', '2026-03-29T02:30', '2026-03-29T02:30:00Z'],
  ['Europe/Berlin', '2026-03-29T01:59', '2026-03-29T00:59:00Z'],
  // The clock leaves it out.
  ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', '2026-03-29T03:00', '2026-03-29T01:00:00Z'],
  // It is there twice: the first time.
  ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00Z'],
  ['Europe/Berlin', '2026-10-25T03:00', '2026-10-25T02:00:00Z'],
  ['America/New_York', '2026-11-01T01:30', '2026-11-01T05:30:00Z'],
  ['Africa/Cairo', '2026-04-24T00:00', '2026-04-23T22:00:00Z'],
] as const

for (const browser of ['UTC', 'Europe/Berlin', 'America/New_York'])
  test(`times are those of the zone of the server, in a browser of ${browser}`, async () => {
    const { zoneOf, instantAt, LOCAL, timeTicks } = await timesIn(browser)
    assert.equal(LOCAL.name, browser)
    for (const [name, utc, shown] of SHOWN) {
      const zone = zoneOf(name)
      assert.equal(zone.dateTime(new Date(utc)), shown)
      assert.equal(zone.clock(new Date(utc)), `${shown.slice(11)}.042`)
      assert.equal(zone.day(new Date(utc)), shown.slice(5, 10))
    }
    for (const [name, written, utc] of WRITTEN)
      assert.equal(
        new Date(instantAt(Date.parse(`${written}Z`), zoneOf(name))).toJSON(),
        new Date(utc).toJSON(),
      )

    const ticks = (name: string, from: string, to: string, step: number) =>
      timeTicks(zoneOf(name), Date.parse(from), Date.parse(to), step).map(at =>
        zoneOf(name).dateTime(new Date(at)),
      )
    const HOUR = 3_600_000
    assert.deepEqual(ticks('UTC', '2026-03-29T00:30Z', '2026-03-29T04:00Z', HOUR), [
      ...['2026-03-29 01:00:00', '2026-03-29 02:00:00', '2026-03-29 03:00:00', '2026-03-29 04:00:00'],
    ])
    assert.deepEqual(ticks('Europe/Berlin', '2026-03-28T23:00Z', '2026-03-29T03:00Z', HOUR), [
      ...['2026-03-29 00:00:00', '2026-03-29 01:00:00', '2026-03-29 03:00:00', '2026-03-29 04:00:00'],
      '2026-03-29 05:00:00',
    ])
    assert.deepEqual(ticks('Europe/Berlin', '2026-10-24T12:00Z', '2026-10-27T00:00Z', 24 * HOUR), [
      ...['2026-10-25 00:00:00', '2026-10-26 00:00:00', '2026-10-27 00:00:00'],
    ])
    assert.deepEqual(ticks('Europe/Berlin', '2025-11-02T12:00Z', '2026-05-27T00:00Z', 90 * 24 * HOUR), [
      ...['2026-01-01 00:00:00', '2026-04-01 00:00:00'],
    ])
    assert.deepEqual(ticks('UTC', '2026-11-15T12:00Z', '2026-11-27T00:00Z', 7 * 24 * HOUR), [
      ...['2026-11-16 00:00:00', '2026-11-23 00:00:00'],
    ])
    assert.deepEqual(ticks('UTC', '2019-01-02T00:00Z', '2031-01-27T00:00Z', 5 * 365 * 24 * HOUR), [
      ...['2020-01-01 00:00:00', '2025-01-01 00:00:00', '2030-01-01 00:00:00'],
    ])
  })

test('a time that no clock shows does no harm', async () => {
  const { LOCAL, timeTicks } = await timesIn('UTC')
  assert.equal(LOCAL.clock(new Date(8.64e15)), '00:00:00.000')
  assert.equal(LOCAL.dateTime(new Date(-8.64e15)), '-271821-04-20 00:00:00')
  assert.deepEqual(timeTicks(LOCAL, Number.NaN, Number.NaN, 1000), [])
})
