import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { filingTime } from '../../../src/lib/query/index.ts'
import type { LogRecord } from '../../../src/lib/record.ts'

const NOW = Date.UTC(2026, 10, 21, 8)
const RECEIVED = NOW - 5000
const DAY = 86_400_000
const iso = (time: number) => new Date(time).toISOString()
const recordOf = (fields: object): LogRecord => ({ '@meta': { id: 'a', received: RECEIVED }, ...fields })

describe('the time of a record', () => {
  const early = Date.UTC(2001, 1, 3)
  for (const [what, stated, time] of [
    ['its @timestamp', iso(early), early],
    ['without milliseconds', '2001-02-03T00:00:00Z', early],
    ['with nanoseconds', '2001-02-03T00:00:00.000000001Z', early],
    ['with a zone', '2001-02-03T02:00:00+02:00', early],
    ['in epoch milliseconds', early, early],
    ['the first there is', 0, 0],
    ['somewhat in the future', iso(RECEIVED + DAY), RECEIVED + DAY],
    ['too far in the future', iso(RECEIVED + DAY + 1), RECEIVED],
    ['before 1970', '1969-12-31T23:59:59.999Z', RECEIVED],
    ['before 1970, as a number', -1, RECEIVED],
    ['no time', 'hello 7', RECEIVED],
    ['no day of the calendar', '2026-13-01T00:00:00Z', RECEIVED],
    ['not there', undefined, RECEIVED],
    ['null', null, RECEIVED],
    ['a list', [iso(early)], RECEIVED],
    ['not finite', Number.NaN, RECEIVED],
  ] as const)
    test(`${what}: ${String(stated)}`, () => {
      assert.equal(filingTime(recordOf({ '@timestamp': stated }), NOW), time)
    })

  for (const [what, received, time] of [
    ['is not known', undefined, NOW],
    ['is a day and more ahead of us', NOW + DAY + 1, NOW],
    ['is before 1970', -5, NOW],
    ['is a little ahead of us', NOW + 10, NOW + 10],
  ] as const)
    test(`when it was received ${what}`, () => {
      const record = { '@meta': { id: 'a', ...(received !== undefined && { received }) } }
      assert.equal(filingTime(record, NOW), time)
    })
})
