import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Aggregator, type History } from '../../../src/lib/live/aggregator.ts'
import { EMPTY, OTHERS, type Rate } from '../../../src/lib/live/counts.ts'
import { ServerClock } from '../../../src/lib/live/server-clock.ts'
import { REMEMBERED } from '../../../src/lib/live/slots.ts'

const START = 1_795_409_450_000

function create(...fields: string[]) {
  const clock = { now: START }
  const counted = fields.map(name => ({
    name,
    textOf: (record: object) => String((record as { [name: string]: unknown })[name] ?? ''),
  }))
  const aggregator = new Aggregator(counted, () => clock.now)
  const count = (fields: object) => aggregator.count({ '@meta': { id: 'x' }, ...fields })
  return { aggregator, clock, count }
}

const totals = ({ slots }: History) => slots.map(({ total }) => total)

describe('seconds', () => {
  test('are counted each by itself, the present one too, silent ones as nothing', () => {
    const { aggregator, clock, count } = create('type')
    count({ type: 'a' })
    clock.now += 999
    count({ type: 'b' })
    clock.now += 1
    count({ type: 'b' })
    clock.now += 3000
    count({})
    const history = aggregator.history()
    assert.equal(history.from, START)
    assert.deepEqual(totals(history), [2, 1, 0, 0, 1])
    assert.deepEqual(history.slots[0]!.by, { type: { a: 1, b: 1 } })
    assert.deepEqual(history.slots[4]!.by, { type: { [EMPTY]: 1 } })
  })

  test('go on from those of another one: of a field that it has not, all is together', () => {
    for (const isTold of [false, true]) {
      const { aggregator: other, clock, count } = create('type', 'account')
      if (isTold) other.begin()
      for (const type of ['a', 'b']) count({ type, account: 'acme' })
      clock.now += 2000
      count({ type: 'b' })
      const fields = ['constructor', 'type']
      const counted = fields.map(name => ({ name, textOf: () => 'x' }))
      const aggregator = new Aggregator(counted, () => clock.now)
      aggregator.goOnFrom(other)
      aggregator.count({ '@meta': { id: 'x' } })
      const { from, slots } = aggregator.history()
      assert.equal(from, START)
      assert.deepEqual(slots, [
        { total: 2, by: { constructor: { [OTHERS]: 2 }, type: { a: 1, b: 1 } } },
        { total: 0, by: { constructor: {}, type: {} } },
        { total: 2, by: { constructor: { [OTHERS]: 1, x: 1 }, type: { b: 1, x: 1 } } },
      ])
      aggregator.begin()
      aggregator.count({ '@meta': { id: 'x' } })
      assert.deepEqual(totals(aggregator.history()), [2, 0, 2])
      assert.equal(aggregator.take()[0]!.rate.total, 1)
    }
  })

  test('are forgotten after a quarter of an hour', () => {
    const { aggregator, clock, count } = create('type')
    count({ type: 'a' })
    clock.now += REMEMBERED * 1000
    count({ type: 'a' })
    assert.equal(aggregator.history().slots.length, REMEMBERED + 1)
    clock.now += 1000
    const { from, slots } = aggregator.history()
    assert.equal(slots.length, REMEMBERED + 1)
    assert.equal(from, START + 1000)
    assert.equal(
      slots.reduce((sum, { total }) => sum + total, 0),
      1,
    )
    // A night in which nothing came.
    clock.now += 12 * 3600_000
    assert.equal(aggregator.history().slots.length, REMEMBERED + 1)
  })

  test('do not begin anew when a clock goes back', () => {
    const { aggregator, clock, count } = create('type')
    clock.now += 2000
    count({ type: 'a' })
    clock.now -= 1500
    count({ type: 'a' })
    assert.deepEqual(totals(aggregator.history()), [0, 0, 2])
  })
})

describe('what came since the last look', () => {
  test('is given once', () => {
    const { aggregator, clock, count } = create('type')
    aggregator.begin()
    count({ type: 'a' })
    assert.deepEqual(aggregator.take(), [{ until: clock.now, rate: { total: 1, by: { type: { a: 1 } } } }])
    assert.deepEqual(aggregator.take(), [{ until: clock.now, rate: { total: 0, by: { type: {} } } }])
  })

  test('bug: what was told of a second had events of the next one', () => {
    const { aggregator, clock, count } = create('type')
    aggregator.begin()
    clock.now += 900
    count({ type: 'a' })
    clock.now += 300
    count({ type: 'b' })
    assert.deepEqual(aggregator.take(), [{ until: START + 1000, rate: { total: 1, by: { type: { a: 1 } } } }])
    clock.now += 100
    assert.deepEqual(aggregator.take(), [{ until: START + 1300, rate: { total: 1, by: { type: { b: 1 } } } }])
  })

  test('and what there was until then are everything, whenever somebody comes', () => {
    const { aggregator, clock, count } = create('type')
    let all = 0
    const some = (type: string) => {
      count({ type })
      all++
    }
    some('a')
    aggregator.begin()
    const comers: { history: History; told: number }[] = []
    for (let step = 0; step < 500; step++) {
      some(`${step}`)
      clock.now += (step * 37) % 700
      if (step % 3 === 0) comers.push({ history: aggregator.history(), told: 0 })
      if (step % 2 === 0)
        for (const { rate, until } of aggregator.take()) {
          assert.ok(until <= clock.now)
          for (const comer of comers) comer.told += rate.total
        }
    }
    while (aggregator.history().from + aggregator.history().slots.length * 1000 <= clock.now)
      for (const { rate } of aggregator.take()) for (const comer of comers) comer.told += rate.total
    for (const { rate } of aggregator.take()) for (const comer of comers) comer.told += rate.total
    for (const { history, told } of comers)
      assert.equal(totals(history).reduce((sum, n) => sum + n, 0) + told, all)
  })
})

describe('values', () => {
  test('of which there are too many are together, the most frequent by name', () => {
    const { aggregator, count } = create('user')
    for (let n = 0; n < 3000; n++) count({ user: `user${n}` })
    for (let n = 0; n < 40; n++) for (let k = 0; k < 5; k++) count({ user: `user${n}` })
    const { user = {} } = aggregator.history().slots[0]!.by
    const names = Object.keys(user)
    assert.equal(names.length, 51)
    for (let n = 0; n < 40; n++) assert.equal(user[`user${n}`], 6)
    assert.equal(
      Object.values(user).reduce((sum, n) => sum + n, 0),
      3200,
    )
    assert.ok(user[OTHERS]! > 2900)
  })

  test('that are long are cut, and one that is called as a part of objects counts', () => {
    const { aggregator, count } = create('a')
    count({ a: 'x'.repeat(1_000_000) })
    count({ a: '__proto__' })
    const { a = {} } = aggregator.history().slots[0]!.by
    assert.deepEqual(JSON.parse(JSON.stringify(a)), JSON.parse(`{"${'x'.repeat(100)}…":1,"__proto__":1}`))
  })
})

test('different values of all seconds together are bounded, and there is room again when they are forgotten', () => {
  const { aggregator, clock, count } = create('user')
  const second = (from: number) => {
    for (let n = 0; n < 50; n++) count({ user: `user${from + n}` })
    clock.now += 1000
  }
  for (let from = 0; from < 50 * REMEMBERED; from += 50) second(from)
  const { slots } = aggregator.history()
  const names = new Set(slots.flatMap(({ by }) => Object.keys(by.user!)))
  assert.ok(names.size <= 10_001, `${names.size}`)
  assert.equal(slots[700]!.by.user![OTHERS], 50)
  assert.equal(slots[700]!.total, 50)
  clock.now += REMEMBERED * 1000
  second(1_000_000)
  assert.equal(aggregator.history().slots.at(-2)!.by.user!.user1000000, 1)
})

test('seconds that are long ago have fewer names where there are too many in all', () => {
  const fields = ['a', 'b', 'c']
  const { aggregator, clock, count } = create(...fields)
  for (let second = 0; second < REMEMBERED; second++, clock.now += 1000)
    for (let n = 0; n < 50; n++)
      for (let k = 0; k <= n; k++) count({ a: `a${n}`, b: `b${n}`, c: `c${second % 200}-${n}` })
  const { slots } = aggregator.history()
  const namesIn = (by: Rate['by']) =>
    Object.values(by).reduce((sum, counts) => sum + Object.keys(counts).length, 0)
  assert.ok(slots.reduce((sum, { by }) => sum + namesIn(by), 0) <= 50_000)
  assert.equal(namesIn(slots.at(-2)!.by), 150)
  assert.ok(namesIn(slots[0]!.by) <= 33)
  for (const { total, by } of slots.slice(0, -1)) {
    assert.equal(total, 1275)
    for (const field of fields)
      assert.equal(
        Object.values(by[field]!).reduce((sum, n) => sum + n, 0),
        1275,
      )
  }
  assert.equal(slots[0]!.by.a!.a49, 50)
})

describe('the clock', () => {
  test('goes on evenly when that of the host is set, and its times are those of the host', () => {
    const host = { wall: START, steady: 70 }
    const clock = new ServerClock(
      () => host.wall,
      () => host.steady,
    )
    const moment = clock.now()
    assert.equal(clock.wall(moment), START)
    assert.equal(clock.isSet(), false)
    host.steady += 1000
    host.wall += 1000 - 3600_000
    assert.equal(clock.now() - moment, 1000)
    assert.equal(clock.isSet(), true)
    assert.equal(clock.isSet(), false)
    assert.equal(clock.wall(moment), START - 3600_000)
    // What NTP corrects is not a step.
    host.wall += 500
    assert.equal(clock.isSet(), false)
  })
})
