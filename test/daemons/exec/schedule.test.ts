import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import {
  byTheClock,
  catchUp,
  everySoOften,
  type Schedule,
  untilDue,
} from '../../../src/daemons/exec/schedule.ts'

test('every so often: now, and then at the same distance, however long each took', () => {
  const schedule = everySoOften(1000)
  const first = schedule.first()
  assert.ok(first <= schedule.now())
  assert.equal(schedule.after(first), first + 1000)
  assert.equal(schedule.after(first + 999.5), first + 1000)
  assert.equal(schedule.after(first + 5000), first + 6000)
  // Fractions would make a moment its own successor.
  const odd = everySoOften(7)
  let moment = odd.first()
  for (let n = 0; n < 10_000; n++) {
    const next = odd.after(moment)!
    assert.equal(next, moment + 7)
    moment = next
  }
})

test('by the clock, in the local zone', async () => {
  const schedule = await byTheClock('30 4 * * *')
  const local = (moment: number | undefined) => {
    const date = new Date(moment!)
    return [date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()]
  }
  const noon = new Date(2026, 0, 10, 12).getTime()
  assert.deepEqual(local(schedule.after(noon)), [11, 4, 30, 0])
  assert.deepEqual(local(schedule.after(schedule.after(noon)!)), [12, 4, 30, 0])
  assert.ok(schedule.first() > schedule.now())
  for (const wrong of ['', 'x', '61 * * * *', '* * *'])
    await assert.rejects(byTheClock(wrong), { name: 'Misuse', message: /^--cron "/ }, wrong)
  await assert.rejects(byTheClock('0 0 30 2 *'), /there is no such time/)
})

test('moments that have passed meanwhile are skipped, and counted', () => {
  let now = 0
  const schedule: Schedule = {
    now: () => now,
    first: () => 0,
    after: moment => (moment < 50 ? Math.floor(moment / 10) * 10 + 10 : undefined),
  }
  assert.deepEqual(catchUp(schedule, 0), { moment: 10, passed: 0 })
  now = 9
  assert.deepEqual(catchUp(schedule, 0), { moment: 10, passed: 0 })
  now = 35
  assert.deepEqual(catchUp(schedule, 0), { moment: 40, passed: 3 })
  now = 99
  assert.deepEqual(catchUp(schedule, 0), { moment: undefined, passed: 5 })
})

test('a clock that jumps by years is caught up with in a moment, and what has passed is counted about', () => {
  let asked = 0
  const minute = 60_000
  const schedule: Schedule = {
    now: () => 5_000_000 * minute + 30_000,
    first: () => 0,
    after: moment => {
      asked++
      return (Math.floor(moment / minute) + 1) * minute
    },
  }
  assert.deepEqual(catchUp(schedule, 0), { moment: 5_000_001 * minute, passed: 5_000_000 })
  assert.ok(asked < 2_000, String(asked))
})

test('bug: a clock that was set back by far kept everything waiting for as long', async () => {
  const hour = 3600_000
  let now = 1000 * hour
  let asked = 0
  const schedule: Schedule = {
    now: () => now,
    first: () => 0,
    after(moment) {
      asked++
      return (Math.floor(moment / hour) + 1) * hour
    },
  }
  const due = untilDue(schedule, 1001 * hour, new AbortController().signal, 1)
  now = 10.5 * hour
  while (asked === 0) await turn()
  now = 11 * hour
  assert.equal(await due, 11 * hour)
  assert.deepEqual(catchUp(schedule, 1001 * hour), { moment: 12 * hour, passed: 0 }, 'during a run')
  now = 10 * hour + 1
  assert.deepEqual(catchUp(schedule, 11 * hour), { moment: 12 * hour, passed: 0 }, 'set right: not run again')
})

test('nobody waits for a moment when the signal has come', async () => {
  const controller = new AbortController()
  const due = untilDue(everySoOften(3600_000), performance.now() + 3600_000, controller.signal)
  controller.abort()
  assert.equal(await due, undefined)
})
