import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OTHERS } from '../../../src/web/live/api.ts'
import { ServerTime } from '../../../src/web/live/server-time.ts'
import { REMEMBERED, Slots } from '../../../src/web/live/slots.ts'

const rate = (time: number, type: { [value: string]: number }) => ({
  time,
  total: Object.values(type).reduce((sum, count) => sum + count, 0),
  by: { type },
})

const totals = (slots: Slots, ...seconds: number[]) => seconds.map(second => slots.at(second)?.total)

test('what comes is added to the second that it came in', () => {
  const slots = new Slots()
  for (const [time, count] of [
    [10_200, 1],
    [10_400, 2],
    // The end of the fifth of a second in which they came.
    [11_000, 4],
    [11_200, 8],
  ] as const)
    slots.add(rate(time, { a: count }))
  assert.deepEqual(totals(slots, 10, 11), [7, 8])
  assert.equal(slots.last, 11)
  assert.deepEqual([...slots.sums('type', 10, 12)], [['a', 15]])
})

test('a steady stream is as much in each second, however late its messages are', () => {
  for (const pause of [200, 203, 217, 350, 1900]) {
    const slots = new Slots()
    let before = 10_070
    for (let time = before + pause; time < 40_000; time += pause) {
      slots.add(rate(time, { a: time - before }))
      before = time
    }
    for (let second = 12; second < 37; second++) {
      assert.ok(Math.abs(slots.at(second)!.total - 1000) < 1e-6, `${pause}: ${slots.at(second)!.total}`)
      assert.ok(Math.abs(slots.at(second)!.by.get('type')!.get('a')! - 1000) < 1e-6)
    }
  }
})

test('what the server remembers replaces what we know, and the rest stays; it says how much more there was', () => {
  const slots = new Slots()
  slots.add(rate(10_200, { a: 1 }))
  slots.add(rate(10_400, { a: 1 }))
  slots.add(rate(19_200, { a: 0 }))
  slots.add(rate(20_200, { a: 1 }))
  const history = (from: number, ...counts: number[]) => ({
    ...{ step: 1000, from },
    slots: counts.map(count => ({ total: count, by: { type: { a: count } } })),
  })
  assert.equal(Math.round(slots.remember(history(19_000, 5, 5), 10) * 10) / 10, 9)
  assert.deepEqual(totals(slots, 19, 20), [5, 5])
  assert.ok(slots.at(10)!.total > 0)
  assert.equal(slots.remember(history(18_000, 7, 5, 6), 19), 1, 'not what was before')
  assert.equal(slots.remember(history(18_000, 7, 5, 9), Number.POSITIVE_INFINITY), 0)
  // What is told next came behind it, and not in the seconds that it has whole.
  slots.add(rate(21_100, { a: 10 }))
  assert.deepEqual(totals(slots, 20, 21), [14, 5])
  slots.remember(history(21_000, 5), 19)
  slots.add(rate(21_150, { a: 10 }))
  assert.deepEqual(totals(slots, 20, 21), [14, 15])
})

test('a snapshot stays as it is', () => {
  const slots = new Slots()
  for (let time = 10_200; time <= 14_400; time += 200) slots.add(rate(time, { a: 1 }))
  const snapshot = slots.snapshot()
  const sums = () => [...snapshot.sums('type', 10, 20)]
  const before = sums()
  for (let time = 14_600; time <= 16_400; time += 200) slots.add(rate(time, { a: 1, b: 1 }))
  assert.deepEqual(sums(), before)
  assert.deepEqual([snapshot.last, snapshot.at(14)?.total], [14, 2])
})

test('nobody can make it grow: neither by time nor by values', () => {
  const slots = new Slots()
  for (let second = 0; second < 3 * REMEMBERED; second++)
    slots.add(
      rate(
        second * 1000 + 1000,
        Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`v${second}-${n}`, 1])),
      ),
    )
  assert.equal(slots.at(REMEMBERED), undefined)
  const last = slots.at(slots.last)!.by.get('type')!
  assert.ok(last.size <= 101, `${last.size} values`)
  assert.equal(last.get(OTHERS), 100)
})

test('a clock that is set back by far begins anew', () => {
  const slots = new Slots()
  slots.add(rate(5_000_000, { a: 1 }))
  slots.add(rate(1_000_500, { a: 1 }))
  assert.equal(slots.last, 1000)
  assert.equal(slots.at(4999), undefined)
})

test('values that are called like what objects have are values', () => {
  const slots = new Slots()
  slots.add(JSON.parse('{"time":1500,"total":3,"by":{"type":{"__proto__":1,"constructor":2}}}'))
  assert.deepEqual([...slots.sums('type', 1, 2)].sort(), [
    ['__proto__', 1],
    ['constructor', 2],
  ])
})

test('the time of the server is that of the message that took least', () => {
  const time = new ServerTime()
  assert.equal(time.at(0), undefined)
  time.told(1000, 100)
  assert.equal(time.at(100), 1000)
  time.told(1200, 400)
  assert.ok(Math.abs(time.at(400)! - 1300) < 5, 'one that was late changes next to nothing')
  time.told(1500, 500)
  assert.equal(time.at(500), 1500)
  time.told(90_000, 600)
  assert.equal(time.at(600), 90_000, 'a clock was set')
})
