import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIsoFormat, daysInMonth, isClockTime } from '../../../src/lib/syslog/calendar.ts'

test('daysInMonth', () => {
  const february = (year: number) => daysInMonth(year, 1)
  assert.deepEqual([1900, 2000, 2023, 2024, 2100].map(february), [28, 29, 28, 29, 28])
  assert.deepEqual(
    [0, 3, 11].map(month => daysInMonth(2026, month)),
    [31, 30, 31],
  )
  assert.deepEqual(
    [-1, 12].map(month => daysInMonth(2026, month)),
    [0, 0],
  )
})

test('isClockTime takes a leap second and nothing beyond', () => {
  assert.ok(isClockTime(0, 0, 0))
  assert.ok(isClockTime(23, 59, 60))
  assert.ok(!isClockTime(24, 0, 0))
  assert.ok(!isClockTime(0, 60, 0))
  assert.ok(!isClockTime(0, 0, 61))
})

test('createIsoFormat', () => {
  const format = createIsoFormat()
  assert.equal(format(0), '1970-01-01T00:00:00.000Z')
  assert.equal(format(1.5e12), '2017-07-14T02:40:00.000Z')
  assert.equal(format(1.5e12), '2017-07-14T02:40:00.000Z')
  assert.equal(format(0), '1970-01-01T00:00:00.000Z')
})
