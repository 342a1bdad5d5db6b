import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BURST, dueAfter, planOf, strikesOf } from '../../bench/soak/plan.ts'

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

test('each life of the filter has a burst in its warm-up', () => {
  for (const form of [{}, { hours: 8 }]) {
    const plan = planOf(form)
    const lives = [0, ...strikesOf(plan).flatMap(({ daemon, at }) => (daemon === 'syslog-json' ? [at] : []))]
    const [last] = lives.slice(-1)
    assert.ok(plan.bursts.some(at => at > last! && at + BURST.seconds < last! + plan.warmUp['syslog-json']))
  }
})

test('what is due: the rate, and in a burst so many times of it', () => {
  const due = (seconds: number) => dueAfter(seconds, 100, [10, 100])
  assert.deepEqual([0, 1.5, 10, 11, 40, 41, 99].map(due), [0, 150, 1000, 2000, 31_000, 31_100, 36_900])
  assert.equal(due(1000), 100 * (1000 + 9 * 60))
})

test('strikes come in order', () => {
  const times = strikesOf(planOf({ hours: 8 })).map(({ at }) => at)
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  )
})
