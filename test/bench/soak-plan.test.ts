import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOf, strikesOf } from '../../bench/soak/plan.ts'

const striking = (form: Parameters<typeof planOf>[0], daemon: string) =>
  strikesOf(planOf(form)).filter(strike => strike.daemon === daemon)

test('the short form strikes the sink every minute, in turn in order and at once, and not at the end', () => {
  const strikes = striking({}, 'elasticsearch')
  assert.deepEqual(
    strikes.map(({ at }) => at / 60),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
  assert.deepEqual(
    strikes.slice(0, 3).map(({ signal }) => signal),
    ['SIGTERM', 'SIGKILL', 'SIGTERM'],
  )
})

test('eight hours: the sink 47 times, the filter four times', () => {
  assert.equal(striking({ hours: 8 }, 'elasticsearch').length, 47)
  assert.deepEqual(
    striking({ hours: 8 }, 'syslog-json').map(({ at }) => at / 60),
    [67, 187, 307, 427],
  )
})

test('strikes come in order', () => {
  const times = strikesOf(planOf({ hours: 8 })).map(({ at }) => at)
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  )
})
