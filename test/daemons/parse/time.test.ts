import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createReadTime } from '../../../src/daemons/parse/time.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const received = Date.UTC(2026, 9, 12)

function read(format: string, text: string, zone = 'UTC'): string | undefined {
  return createReadTime([format], createZone(zone))(text, received)
}

test('each directive', () => {
  const table: [format: string, text: string, iso: string | undefined][] = [
    ['%Y-%m-%d', '2026-10-11', '2026-10-11T00:00:00.000Z'],
    ['%y%m%d', '681011', '2068-10-11T00:00:00.000Z'],
    ['%y%m%d', '691011', '1969-10-11T00:00:00.000Z'],
    ['%e.%m.%Y', ' 1.1.2026', '2026-01-01T00:00:00.000Z'],
    ['%Y %j', '2024 366', '2024-12-31T00:00:00.000Z'],
    ['%A, %d. %B %Y', 'Sunday, 11. October 2026', '2026-10-11T00:00:00.000Z'],
    ['%a %b %d %Y', 'sun OCT 11 2026', '2026-10-11T00:00:00.000Z'],
    ['%F %I:%M:%S %p', '2026-10-11 12:00:00 AM', '2026-10-11T00:00:00.000Z'],
    ['%F %I:%M:%S %p', '2026-10-11 12:00:00 pm', '2026-10-11T12:00:00.000Z'],
    ['%F %T.%f', '2026-10-11 22:14:15.5', '2026-10-11T22:14:15.500Z'],
    ['%F %T.%f', '2026-10-11 22:14:15.123456789', '2026-10-11T22:14:15.123456789Z'],
    ['%D %R', '10/11/26 22:14', '2026-10-11T22:14:00.000Z'],
    ['%FT%T%z', '2026-10-11T22:14:15-0330', '2026-10-12T01:44:15.000Z'],
    ['%FT%T%z', '2026-10-11T22:14:15+02', '2026-10-11T20:14:15.000Z'],
    ['%FT%T %Z', '2026-10-11T22:14:15 GMT', '2026-10-11T22:14:15.000Z'],
    ['%s', '1791756855', '2026-10-11T22:14:15.000Z'],
    ['100%% (%d/%m) [%Y]', '100% (11/10) [2026]', '2026-10-11T00:00:00.000Z'],
    ['%d  %m %Y', '11 10 \t 2026', '2026-10-11T00:00:00.000Z'],
    ['%m-%d', '10-11', '2026-10-11T00:00:00.000Z'],
    // Beside it, or no such time.
    ['%Y-%m-%d', '2026-10-11 ', undefined],
    ['%Y-%m-%d', '2026-02-29', undefined],
    ['%F %T', '2026-10-11 24:00:00', undefined],
    ['%FT%T%z', '2026-10-11T22:14:15+2400', undefined],
    ['%m-%d', '02-30', undefined],
    ['%Y', '0000', '0000-01-01T00:00:00.000Z'],
    ['%FT%T%z', '0000-01-01T00:00:00+0100', undefined],
  ]
  for (const [format, text, iso] of table) assert.equal(read(format, text), iso, `${format}: ${text}`)
})

test('numbers of seconds keep their digits', () => {
  const table: [format: string, text: string, iso: string | undefined][] = [
    ['epoch', '0', '1970-01-01T00:00:00.000Z'],
    ['epoch', '1791756855.25', '2026-10-11T22:14:15.250Z'],
    ['epoch', '1791756855.1234567899', '2026-10-11T22:14:15.123456789Z'],
    ['epoch-ms', '7', '1970-01-01T00:00:00.007Z'],
    ['epoch-ms', '1791756855123.5', '2026-10-11T22:14:15.1235Z'],
    ['epoch-us', '1791756855123456', '2026-10-11T22:14:15.123456Z'],
    ['epoch-ns', '1791756855123456789', '2026-10-11T22:14:15.123456789Z'],
    ['epoch', '-1', undefined],
    ['epoch', '99999999999999999999', undefined],
    ['epoch', '253402300800', undefined],
    ['epoch', '1e9', undefined],
  ]
  for (const [format, text, iso] of table) assert.equal(read(format, text), iso, `${format}: ${text}`)
})

test('the zone is that of times without one, summer and winter', () => {
  assert.equal(read('iso', '2026-07-01 00:00:00', 'Europe/Berlin'), '2026-06-30T22:00:00.000Z')
  assert.equal(read('iso', '2026-12-01 00:00:00', 'Europe/Berlin'), '2026-11-30T23:00:00.000Z')
  assert.equal(read('iso', '2026-12-01 00:00:00Z', 'Europe/Berlin'), '2026-12-01T00:00:00.000Z')
})

test('any time that Date writes is read as it was', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), date => {
      const iso = date.toISOString()
      for (const format of ['auto', 'iso', '%FT%T.%f%z']) assert.equal(read(format, iso), iso)
      assert.equal(read('epoch-ms', String(date.getTime())), iso)
    }),
  )
})

test('what is remembered of one text is not taken for another, and not for another year', () => {
  const readTime = createReadTime(['syslog'], createZone('UTC'))
  for (let n = 0; n < 1000; n++) {
    const second = String(n % 60).padStart(2, '0')
    const minute = String(Math.floor(n / 60)).padStart(2, '0')
    const expected = `2026-10-11T00:${minute}:${second}.000Z`
    assert.equal(readTime(`Oct 11 00:${minute}:${second}`, received), expected)
  }
  assert.equal(readTime('Oct 11 00:00:00', Date.UTC(2030, 9, 12)), '2030-10-11T00:00:00.000Z')
})
