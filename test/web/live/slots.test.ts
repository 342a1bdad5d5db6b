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
  assert.equal(slots.at(10)?.total, 7)
  assert.equal(slots.at(11)?.total, 8)
  assert.equal(slots.last, 11)
  assert.deepEqual([...slots.sums('type', 10, 12)], [['a', 15]])
})

test('what the server remembers replaces what we know, and the rest stays', () => {
  const slots = new Slots()
  slots.add(rate(10_200, { a: 1 }))
  slots.add(rate(20_200, { a: 1 }))
  const { by, total } = rate(0, { a: 5 })
  slots.remember({
    step: 1000,
    from: 19_000,
    slots: [
      { total, by },
      { total, by },
    ],
  })
  assert.deepEqual(
    [10, 18, 19, 20].map(second => slots.at(second)?.total),
    [1, undefined, 5, 5],
  )
})

test('nobody can make it grow: neither by time nor by values', () => {
  const slots = new Slots()
  for (let second = 0; second < 3 * REMEMBERED; second++)
    slots.add(
      rate(
        second * 1000 + 500,
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
