import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PatientClock } from '../../../src/daemons/count/clock.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2026, 0)
const WRONG = Date.UTC(2031, 0)

function clock(start = START) {
  const ticks = { at: START, monotonic: 5 }
  const patient = new PatientClock(start, { wall: () => ticks.at, passed: () => ticks.monotonic })
  return {
    set(to: number) {
      ticks.at = to
    },
    /** What it says after so long. */
    after(time: number) {
      ticks.at += time
      ticks.monotonic += time
      return patient.now()
    },
  }
}

test('a clock that runs five years ahead for an hour is not believed', () => {
  const { set, after } = clock()
  assert.equal(after(HOUR), START + HOUR)
  set(WRONG)
  for (let n = 1; n <= 6; n++) assert.equal(after(HOUR / 6), START + HOUR + (n * HOUR) / 6)
  set(START + 2 * HOUR)
  assert.equal(after(HOUR), START + 3 * HOUR)
})

test('one that stays there for a day is', () => {
  const { set, after } = clock()
  set(WRONG)
  for (let n = 1; n <= 24; n++) assert.equal(after(HOUR), START + n * HOUR)
  assert.equal(after(HOUR), WRONG + 25 * HOUR)
  // And back again.
  set(START + 26 * HOUR)
  assert.equal(after(HOUR), START + 27 * HOUR)
})

test('it is never later than the wall, and follows what is set a little', () => {
  const { set, after } = clock()
  set(START - 1000 * DAY)
  assert.equal(after(HOUR), START - 1000 * DAY + HOUR)
  set(START + HOUR)
  assert.equal(after(1000), START + HOUR + 1000)
  set(START + 1.5 * HOUR)
  assert.equal(after(0), START + 1.5 * HOUR)
})

test('a time without anybody is believed a day later', () => {
  const { after } = clock(START - 30 * DAY)
  assert.equal(after(HOUR), START - 30 * DAY + HOUR)
  assert.equal(after(23 * HOUR), START - 29 * DAY)
  assert.equal(after(HOUR), START + 25 * HOUR)
})
