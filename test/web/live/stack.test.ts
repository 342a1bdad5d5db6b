import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OTHERS } from '../../../src/web/live/api.ts'
import { Slots } from '../../../src/web/live/slots.ts'
import { CalmAxis, columnsOf, figuresOf, gapsOf, lately, roundUp } from '../../../src/web/live/stack.ts'

function filled(seconds: { [second: number]: { [value: string]: number } }): Slots {
  const slots = new Slots()
  for (const [second, type] of Object.entries(seconds)) {
    const total = Object.values(type).reduce((sum, count) => sum + count, 0)
    slots.remember({ step: 1000, from: Number(second) * 1000, slots: [{ total, by: { type } }] }, 0)
  }
  return slots
}

const shown = { field: 'type', values: ['a', 'b', undefined], hidden: new Set<string>() }

test('a column has the part of each colour, and of all others', () => {
  const slots = filled({ 10: { a: 3, b: 2, c: 1 }, 11: {}, 12: { a: 1 } })
  const columns = columnsOf(slots, { length: 3, step: 1 }, 12.5, shown)
  assert.deepEqual(columns, [
    { start: 9, rate: undefined, parts: [0, 0, 0, 0] },
    { start: 10, rate: 6, parts: [3, 2, 0, 1] },
    { start: 11, rate: 0, parts: [0, 0, 0, 0] },
    { start: 12, rate: 1, parts: [1, 0, 0, 0] },
  ])
})

test('a column of several seconds is their average; the present one grows until it is over', () => {
  const slots = filled({ 10: { a: 4 }, 11: { a: 2 }, 12: { a: 9 }, 15: { a: 6 } })
  const rates = columnsOf(slots, { length: 6, step: 3 }, 15.9, shown).map(({ rate }) => rate)
  // 9 is not known: the average is that of 10 and 11. Of 15 to 17, only the first third was.
  assert.deepEqual(rates, [3, 9, 2])
})

test('what is hidden is in no column', () => {
  const slots = filled({ 10: { a: 3, b: 2, c: 1 } })
  const [column] = columnsOf(slots, { length: 0, step: 1 }, 10, { ...shown, hidden: new Set(['a', OTHERS]) })
  assert.deepEqual(column, { start: 10, rate: 2, parts: [0, 2, 0, 0] })
})

test('where nothing is known there is a gap, and not a zero', () => {
  const slots = filled({ 10: { a: 1 }, 11: {}, 14: { a: 1 }, 15: { a: 1 } })
  const columns = columnsOf(slots, { length: 10, step: 1 }, 15.5, shown)
  const begin = columns[0]!.start
  assert.ok(begin < 10)
  assert.deepEqual(gapsOf(columns, 1, 15.5), [
    [begin, 10],
    [12, 14],
  ])
  const later = columnsOf(slots, { length: 10, step: 1 }, 20, shown)
  assert.equal(later[0]!.start, 10)
  assert.deepEqual(gapsOf(later, 1, 20), [
    [12, 14],
    [16, 20],
  ])
  assert.deepEqual(gapsOf([], 1, 20), [])
})

test('average and peak are of the seconds that are over and known', () => {
  const slots = filled({ 8: { a: 99 }, 10: { a: 3 }, 11: {}, 13: { a: 6 }, 14: { a: 50 } })
  assert.deepEqual(figuresOf(slots, 10, slots.last), { average: 3, peak: 6 })
  assert.deepEqual(figuresOf(slots, 10, 12), { average: 1.5, peak: 3 }, 'of when it was paused')
  const none = new Slots()
  assert.equal(figuresOf(none, none.last - 120, none.last), undefined)
})

test('the present rate is that of the last seconds that are over, and the sum of what the legend says', () => {
  const slots = filled({ 10: { a: 3 }, 11: { a: 3, b: 2 }, 12: { b: 1 }, 13: { c: 6 }, 14: { a: 50 } })
  assert.deepEqual(lately(slots, slots.last, shown), { start: 11, rate: 4, parts: [1, 1, 0, 2] })
  assert.deepEqual(lately(filled({ 10: { a: 4 }, 11: { a: 1 } }), 11, shown).rate, 4, 'as far as it is known')
  const none = new Slots()
  assert.equal(lately(none, none.last, shown).rate, undefined)
})

test('an axis ends with a round number, grows at once and shrinks after a while', () => {
  assert.deepEqual([0, 1, 7, 10, 11, 149, 151, 4001].map(roundUp), [1, 1, 8, 10, 15, 150, 200, 5000])
  const axis = new CalmAxis()
  assert.deepEqual(
    [
      [100, 0],
      [900, 100],
      [90, 200],
      [90, 3000],
      [90, 4200],
    ].map(([most, now]) => axis.update(most!, now!)),
    [100, 1000, 1000, 1000, 100],
  )
})
