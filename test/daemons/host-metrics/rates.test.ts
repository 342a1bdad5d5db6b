import assert from 'node:assert/strict'
import { test } from 'node:test'
import { perSecond, Rates } from '../../../src/daemons/host-metrics/rates.ts'
import { nextRound, rounds, timeOf } from '../../../src/daemons/host-metrics/rounds.ts'

test('counters go up, wrap, begin anew, come and go', () => {
  const rates = new Rates<'a' | 'b'>()
  const round = (at: number, all: { [name: string]: [number, number] }) =>
    Object.fromEntries(
      rates.round(
        at,
        Object.entries(all).map(([name, [a, b]]) => [name, { a, b }]),
      ),
    )
  assert.deepEqual(round(1000, { x: [0, 100] }), { x: {} })
  assert.deepEqual(round(3000, { x: [10, 100], y: [5, 5] }), { x: { a: 5, b: 0 }, y: {} })
  // One of 32 bits is over its end.
  assert.deepEqual(round(4000, { x: [11, 3], y: [6, 5] }), { x: { a: 1 }, y: { a: 1, b: 0 } })
  assert.deepEqual(round(5000, { x: [11, 4] }), { x: { a: 0, b: 1 } })
  assert.deepEqual(round(6000, { x: [11, 4], y: [900, 900] }), { x: { a: 0, b: 0 }, y: {} }, 'y was gone')
  assert.deepEqual(round(6000, { x: [12, 4] }), { x: {} }, 'no time has passed')
  assert.deepEqual(perSecond({ a: 1.5 }), { a_per_second: 1.5 })
})

test('rounds are at whole multiples, whatever the time was', () => {
  assert.equal(nextRound(10_000, 10_000), 20_000)
  assert.equal(nextRound(19_999, 10_000), 20_000)
  assert.equal(timeOf(20_000, 20_003), 20_000)
  // Held up, or the clock was set.
  assert.equal(timeOf(20_000, 25_000), 25_000)
  assert.equal(timeOf(20_000, 3_000), 3_000)
})

test('the first round is at once, the others at whole multiples; a clock that is set costs no more than one', async () => {
  const interval = 50
  let shift = 0
  const times: number[] = []
  for await (const time of rounds(interval, AbortSignal.timeout(20_000), () => Date.now() + shift)) {
    times.push(time)
    if (times.length === 4) shift = -3600_000
    if (times.length === 8) shift = 24 * 3600_000
    if (times.length === 12) break
  }
  for (const n of [1, 2, 3, 6, 7, 10, 11]) assert.equal(times[n]! % interval, 0, `${n}: ${times[n]}`)
  assert.ok(times[5]! < times[3]!, 'set back')
  assert.ok(times[9]! > times[3]!, 'set forward')
})

test('a signal ends it between two rounds', async () => {
  const controller = new AbortController()
  const seen = []
  for await (const time of rounds(3600_000, controller.signal)) {
    seen.push(time)
    setImmediate(() => controller.abort())
  }
  assert.equal(seen.length, 1)
})
