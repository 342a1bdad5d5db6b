import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CalmOrder, Colours, mostFrequent } from '../../../src/web/live/ranking.ts'

const counts = (object: { [value: string]: number }) => new Map(Object.entries(object))

test('the most frequent values, by name where they are as many', () => {
  assert.deepEqual(mostFrequent(counts({ b: 1, a: 1, c: 3, none: 0, '…': 9 }), 2), [
    ['c', 3],
    ['a', 1],
  ])
})

test('a value keeps its colour while others come and go', () => {
  const colours = new Colours(3)
  colours.update(counts({ a: 10, b: 5 }))
  assert.deepEqual(colours.values, ['a', 'b'])
  const before = colours.values
  colours.update(counts({ a: 1, b: 50 }))
  assert.equal(colours.values, before, 'and nothing has to be drawn again')
  colours.update(counts({ b: 50, c: 2, d: 1 }))
  assert.deepEqual(colours.values, ['c', 'b', 'd'])
})

test('a colour is taken only by who is clearly more frequent', () => {
  const colours = new Colours(2)
  colours.update(counts({ a: 10, b: 8 }))
  colours.update(counts({ a: 10, b: 8, c: 9 }))
  assert.deepEqual(colours.values, ['a', 'b'])
  colours.update(counts({ a: 10, b: 8, c: 11 }))
  assert.deepEqual(colours.values, ['a', 'c'])
})

test('ten thousand values have no more colours than there are', () => {
  const colours = new Colours(8)
  colours.update(new Map(Array.from({ length: 10_000 }, (_, n) => [`v${n}`, n])))
  assert.deepEqual(
    colours.values,
    Array.from({ length: 8 }, (_, n) => `v${9999 - n}`),
  )
})

test('an order changes now and then, not at every event', () => {
  const order = new CalmOrder(3)
  assert.deepEqual(order.update(counts({ a: 2, b: 1 }), 0), ['a', 'b'])
  assert.deepEqual(order.update(counts({ a: 2, b: 3, c: 9 }), 500), ['a', 'b', 'c'], 'who is new finds room')
  assert.deepEqual(order.update(counts({ a: 2, b: 3, c: 9, d: 99 }), 1500), ['a', 'b', 'c'])
  assert.deepEqual(order.update(counts({ a: 2, b: 3, c: 9, d: 99 }), 2500), ['d', 'c', 'b'])
})
