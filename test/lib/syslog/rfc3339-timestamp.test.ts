import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createMessage } from '../../../src/lib/syslog/message.ts'
import { createRfc3339Timestamp } from '../../../src/lib/syslog/rfc3339-timestamp.ts'
import { ABSENT, invalidUntil } from '../../../src/lib/syslog/scan.ts'

const read = createRfc3339Timestamp()

function readAll(text: string, reader = read) {
  const message = createMessage(text, 0)
  const end = reader(text, 0, message)
  return { end, timestamp: message.timestamp, time: message.time }
}

const times: [text: string, time: string][] = [
  // RFC 5424 section 6.2.3.1
  ['1985-04-12T23:20:50.52Z', '1985-04-12T23:20:50.520Z'],
  ['1985-04-12T19:20:50.52-04:00', '1985-04-12T23:20:50.520Z'],
  ['2003-10-11T22:14:15.003Z', '2003-10-11T22:14:15.003Z'],
  ['2003-08-24T05:14:15.000003-07:00', '2003-08-24T12:14:15.000003Z'],
  // Not valid there, for its nine digits; sent nevertheless.
  ['2003-08-24T05:14:15.000000003-07:00', '2003-08-24T12:14:15.000000003Z'],
  ['2003-08-24T05:14:15.0000000031-07:00', '2003-08-24T12:14:15.000000003Z'],
  ['2026-10-11T22:14:15Z', '2026-10-11T22:14:15.000Z'],
  ['2026-10-11T22:14:15.1Z', '2026-10-11T22:14:15.100Z'],
  ['2026-12-31T23:30:00.25-01:00', '2027-01-01T00:30:00.250Z'],
  ['2024-03-01T00:30:00+05:30', '2024-02-29T19:00:00.000Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ['2017-01-01T00:59:60.5+01:00', '2017-01-01T00:00:00.500Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['0050-06-01T00:00:00+01:00', '0050-05-31T23:00:00.000Z'],
  ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
]

for (const [text, time] of times) {
  test(`${text} is ${time}`, () => {
    assert.deepEqual(readAll(text), { end: text.length, timestamp: text, time })
    assert.deepEqual(readAll(`${text} x`), { end: text.length, timestamp: text, time })
  })
}

const others: [text: string, end: number][] = [
  ['', ABSENT],
  ['2026', ABSENT],
  ['2026-10-11', ABSENT],
  ['2026-10-11T22:14:15', ABSENT],
  ['2026-10-11T22:14:15.003', ABSENT],
  ['2026-10-11T22:14:15.Z', ABSENT],
  ['2026-10-11t22:14:15z', ABSENT],
  ['2026-10-11 22:14:15Z', ABSENT],
  ['2026-10-11T22:14:15+0200', ABSENT],
  ['2026-10-11T22:14:15+02', ABSENT],
  ['2026-10-11T22:14:15Zulu', ABSENT],
  ['2026-10-11T22:14:/:Z', ABSENT],
  ['1990 Oct 22 10:52:01 TZ-6 x', ABSENT],
  ['2026-00-11T22:14:15Z', invalidUntil(20)],
  ['2026-13-11T22:14:15Z', invalidUntil(20)],
  ['2026-02-29T22:14:15Z', invalidUntil(20)],
  ['2026-10-00T22:14:15Z', invalidUntil(20)],
  ['2026-10-11T24:00:00Z', invalidUntil(20)],
  ['2026-10-11T22:60:15Z', invalidUntil(20)],
  ['2026-10-11T22:14:61Z', invalidUntil(20)],
  ['2026-10-11T22:14:15+24:00', invalidUntil(25)],
  ['2026-10-11T22:14:15+02:60', invalidUntil(25)],
  ['0000-01-01T00:00:00+01:00', invalidUntil(25)],
  ['9999-12-31T23:59:59-01:00', invalidUntil(25)],
]

for (const [text, end] of others) {
  test(`${JSON.stringify(text)} is ${end === ABSENT ? 'something else' : 'no time'}`, () => {
    assert.deepEqual(readAll(text), { end, timestamp: undefined, time: undefined })
  })
}

test('it agrees with Date, and what was read before does not matter', () => {
  const reader = createRfc3339Timestamp()
  const near = {
    min: new Date('2026-10-11T22:14:50Z'),
    max: new Date('2026-10-11T22:15:10Z'),
    noInvalidDate: true,
  }
  const offset = fc.constantFrom('Z', '+00:00', '-00:00', '+02:00', '-09:30', '+14:00')
  const fraction = fc.constantFrom('', '.5', '.25', '.003', '.000000', '.123456', '.123456789')
  fc.assert(
    fc.property(fc.date(near), offset, fraction, (date, zone, digits) => {
      const second = date.toISOString().slice(0, 19)
      const expected = new Date(second + zone).toISOString().slice(0, 19)
      assert.equal(
        readAll(second + digits + zone, reader).time,
        `${expected}.${digits.slice(1).padEnd(3, '0')}Z`,
      )
    }),
  )
})

test('a reader that has read nothing yet takes no text for what it knows', () => {
  const text = `\0${' '.repeat(16)}11 ${' '.repeat(5)}`
  assert.deepEqual(readAll(text, createRfc3339Timestamp()), {
    end: ABSENT,
    timestamp: undefined,
    time: undefined,
  })
})
