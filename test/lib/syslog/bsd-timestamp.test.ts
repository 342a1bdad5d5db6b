import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createBsdTimestamp } from '../../../src/lib/syslog/bsd-timestamp.ts'
import { createMessage } from '../../../src/lib/syslog/message.ts'
import { ABSENT, invalidUntil } from '../../../src/lib/syslog/scan.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const utc = createZone('UTC')
const read = createBsdTimestamp(utc)

function timeOf(text: string, received: number, reader = read): string | undefined {
  const message = createMessage(text, received)
  reader(text, 0, message)
  return message.time
}

test('the TIMESTAMP is kept as it was sent', () => {
  const text = '<34>Oct 11 22:14:15 web1'
  const message = createMessage(text, Date.UTC(2026, 9, 11))
  assert.equal(read(text, 4, message), 19)
  assert.equal(message.timestamp, 'Oct 11 22:14:15')
  assert.equal(message.time, '2026-10-11T22:14:15.000Z')
})

const forms: [text: string, end: number][] = [
  ['Oct 11 22:14:15 x', 15],
  ['Oct 11 22:14:15', 15],
  ['Oct  1 22:14:15 x', 15],
  ['Oct 01 22:14:15 x', 15],
  ['Jun 30 23:59:60 x', 15],
  ['Oct 11 22:14:15.123 x', ABSENT],
  ['Oct 11 22:14:15: x', ABSENT],
  ['Oct 11 22:14:1', ABSENT],
  ['Oct 11 22:14', ABSENT],
  ['oct 11 22:14:15 x', ABSENT],
  ['Okt 11 22:14:15 x', ABSENT],
  ['Oct 1 22:14:15 x', ABSENT],
  ['May the force be with you', ABSENT],
  ['', ABSENT],
  ['Oct  0 22:14:15 x', invalidUntil(15)],
  ['Oct 32 22:14:15 x', invalidUntil(15)],
  ['Feb 30 22:14:15 x', invalidUntil(15)],
  ['Oct 11 24:00:00 x', invalidUntil(15)],
  ['Oct 11 22:60:15 x', invalidUntil(15)],
  ['Oct 11 22:14:61 x', invalidUntil(15)],
]

for (const [text, end] of forms) {
  test(`form of ${JSON.stringify(text)}`, () => {
    const message = createMessage(text, Date.UTC(2026, 9, 11))
    assert.equal(read(text, 0, message), end)
    assert.equal(message.timestamp, end < 0 ? undefined : text.slice(0, 15))
  })
}

const years: [text: string, received: string, year: number][] = [
  ['Oct 11 22:14:15', '2026-10-11T22:14:16Z', 2026],
  ['Dec 31 23:59:59', '2027-01-01T00:00:01Z', 2026],
  ['Jan  1 00:00:01', '2026-12-31T23:59:59Z', 2027],
  ['Apr 12 00:00:00', '2026-10-11T00:00:00Z', 2026],
  ['Apr 11 00:00:00', '2026-10-11T00:00:00Z', 2027],
  // Midway between two years, to the millisecond.
  ['Apr 11 12:00:00', '2026-10-11T00:00:00Z', 2026],
  ['Feb 29 12:00:00', '2024-03-01T00:00:00Z', 2024],
  ['Feb 29 12:00:00', '2025-03-01T00:00:00Z', 2024],
  ['Feb 29 12:00:00', '2026-03-02T00:00:00Z', 2028],
  ['Feb 29 12:00:00', '2027-12-31T00:00:00Z', 2028],
  ['Feb 29 12:00:00', '2099-12-31T00:00:00Z', 2096],
  ['Feb 29 12:00:00', '2100-02-28T12:00:00Z', 2096],
  ['Feb 29 12:00:00', '2100-03-01T12:00:00Z', 2104],
]

for (const [text, received, year] of years) {
  test(`${text} received at ${received} is of ${year}`, () => {
    assert.equal(timeOf(text, Date.parse(received))?.slice(0, 4), String(year))
  })
}

test('the year is the nearest on the clock of the zone', () => {
  const inBerlin = createBsdTimestamp(createZone('Europe/Berlin'))
  assert.equal(
    timeOf('Jan  1 00:30:00', Date.parse('2026-12-31T23:31:00Z'), inBerlin),
    '2026-12-31T23:30:00.000Z',
  )
})

test('a leap second is the second after', () => {
  assert.equal(timeOf('Dec 31 23:59:60', Date.UTC(2017, 0)), '2017-01-01T00:00:00.000Z')
})

test('what was read before does not change what is read: any order gives what a new reader gives', () => {
  const zone = createZone('Europe/Berlin')
  // Few seconds and days, so that the same text comes again, and receptions years apart.
  const sent = fc.constantFrom(
    'Feb 29 01:00:00',
    'Feb 28 01:00:00',
    'Oct 25 02:30:00',
    'Mar 29 02:30:00',
    'Jan  1 00:00:59',
  )
  const received = fc.integer({ min: 0, max: Date.UTC(2110, 0) })
  fc.assert(
    fc.property(fc.array(fc.tuple(sent, received), { minLength: 2 }), messages => {
      const reader = createBsdTimestamp(zone)
      for (const [text, at] of messages) {
        assert.equal(timeOf(text, at, reader), timeOf(text, at, createBsdTimestamp(zone)))
      }
    }),
  )
})

test('what was sent within 180 days of its reception comes back', () => {
  const range = { min: Date.UTC(1971, 0), max: Date.UTC(2099, 0) }
  fc.assert(
    fc.property(
      fc.date({ min: new Date(range.min), max: new Date(range.max), noInvalidDate: true }),
      fc.integer({ min: -180, max: 180 }),
      (date, days) => {
        const [, day, month, , clock] = date.toUTCString().split(' ')
        const text = `${month} ${day!.replace(/^0/, ' ')} ${clock}`
        // 29 Feb is in the nearest leap year whenever it is received, so 180 days are near enough as well.
        assert.equal(
          timeOf(text, date.getTime() + days * 86_400_000),
          `${date.toISOString().slice(0, 19)}.000Z`,
        )
      },
    ),
  )
})
