import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const toInstant = (timezone: string, wallClock: string) =>
  new Date(createZone(timezone).toInstant(Date.parse(`${wallClock}Z`))).toISOString()

const cases: [timezone: string, wallClock: string, instant: string][] = [
  ['UTC', '2026-10-11T22:14:15', '2026-10-11T22:14:15.000Z'],
  ['+02:00', '2026-10-11T22:14:15', '2026-10-11T20:14:15.000Z'],
  ['+0530', '2026-10-11T22:14:15', '2026-10-11T16:44:15.000Z'],
  ['-03', '2026-10-11T22:14:15', '2026-10-12T01:14:15.000Z'],
  ['-00:30', '2026-10-11T22:14:15', '2026-10-11T22:44:15.000Z'],
  ['Europe/Berlin', '2026-10-11T22:14:15', '2026-10-11T20:14:15.000Z'],
  ['Europe/Berlin', '2026-01-11T22:14:15', '2026-01-11T21:14:15.000Z'],
  ['Asia/Kathmandu', '2026-10-11T22:14:15', '2026-10-11T16:29:15.000Z'],
  ['America/New_York', '2026-07-04T12:00:00', '2026-07-04T16:00:00.000Z'],
  // A gap: the offset before it, so what 02:30 was meant to be is 03:30 of summer time.
  ['Europe/Berlin', '2026-03-29T01:59:59', '2026-03-29T00:59:59.000Z'],
  ['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z'],
  ['Europe/Berlin', '2026-03-29T03:00:00', '2026-03-29T01:00:00.000Z'],
  // An overlap: the first of the two.
  ['Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z'],
  ['Europe/Berlin', '2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z'],
  ['America/New_York', '2026-03-08T02:30:00', '2026-03-08T07:30:00.000Z'],
  ['America/New_York', '2026-11-01T01:30:00', '2026-11-01T05:30:00.000Z'],
  // Half an hour of summer time.
  ['Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-04T14:45:00.000Z'],
]

for (const [timezone, wallClock, instant] of cases) {
  test(`${wallClock} in ${timezone}`, () => assert.equal(toInstant(timezone, wallClock), instant))
}

test('a zone that nobody knows is refused, and the error says what to write', () => {
  for (const timezone of ['', 'Europe/Atlantis', 'nonsense+05', '+24:00', '+02:60', '+2', 'LOCAL', '2']) {
    assert.throws(() => createZone(timezone), {
      name: 'RangeError',
      message: `"${timezone}" is not a time zone; write for example Europe/Berlin, UTC, local or +02:00`,
    })
  }
})

test('local is the zone of the process, and UTC where that is unknown', () => {
  const before = process.env.TZ
  try {
    process.env.TZ = 'Asia/Tokyo'
    assert.equal(toInstant('local', '2026-10-11T22:14:15'), '2026-10-11T13:14:15.000Z')
    process.env.TZ = 'Mars/Olympus'
    assert.equal(toInstant('local', '2026-10-11T22:14:15'), '2026-10-11T22:14:15.000Z')
  } finally {
    if (before === undefined) delete process.env.TZ
    else process.env.TZ = before
  }
})

test('an instant read off the clock and turned back is the same, or the first of two', () => {
  const names = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', '-03:30']
  // The same zones for all instants: what a zone remembers of one must not change another.
  const zones = names.map(createZone)
  const instants = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) })
  fc.assert(
    fc.property(fc.constantFrom(...zones), instants, (zone, instant) => {
      const wallClock = zone.toWallClock(instant)
      const back = zone.toInstant(wallClock)
      assert.ok(back <= instant)
      assert.equal(zone.toWallClock(back), wallClock)
    }),
    { numRuns: 1000 },
  )
})

test('what a zone remembers of one quarter of an hour is not taken for another', () => {
  const zone = createZone('Europe/Berlin')
  const start = Date.UTC(2026, 0)
  for (let day = 0; day < 365; day++) {
    const noon = start + day * 86_400_000
    assert.equal(zone.toWallClock(noon), createZone('Europe/Berlin').toWallClock(noon))
  }
})
