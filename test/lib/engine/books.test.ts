import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Books, type Entry } from '../../../src/lib/engine/books.ts'
import type { Receipt } from '../../../src/lib/engine/receipt.ts'

test('new books balance', () => {
  const books = new Books()
  assert.equal(books.balanced, true)
  assert.deepEqual(books.toJSON(), { in: 0, held: 0, balanced: true })
  assert.equal(books.latency, undefined)
  assert.equal(books.rate, 0)
})

test('what was taken is held until it is settled', () => {
  const books = new Books()
  const first = books.take(3)
  const second = books.take(2)
  assert.deepEqual([books.taken, books.held, books.balanced], [5, 5, true])
  books.settle(second, { stored: 2 })
  assert.deepEqual([books.taken, books.held, books.balanced], [5, 3, true])
  books.settle(first, { stored: 1, dead: 2, 'dropped:sampled': 1, made: 1 })
  assert.deepEqual(books.toJSON(), {
    in: 5,
    stored: 3,
    dead: 2,
    'dropped:sampled': 1,
    made: 1,
    held: 0,
    balanced: true,
  })
})

test('a receipt that does not account for its records shows', () => {
  for (const receipt of [{}, { stored: 1 }, { stored: 3 }, { stored: 2, made: 1 }] as Receipt[]) {
    const books = new Books()
    books.settle(books.take(2), receipt)
    assert.equal(books.balanced, false)
  }
})

test('they balance at any moment', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(10), fc.nat(3), fc.boolean())), steps => {
      const books = new Books()
      const open: Entry[] = []
      for (const [records, made, settle] of steps) {
        open.push(books.take(records))
        const entry = settle ? open.shift() : undefined
        if (entry) books.settle(entry, { stored: entry.records, 'dropped:x': made, made })
        assert.ok(books.balanced)
        assert.equal(
          books.held,
          open.reduce((sum, { records }) => sum + records, 0),
        )
      }
    }),
  )
})

test('idle is when nothing is held', async () => {
  const books = new Books()
  await books.idle()
  const entries = [books.take(1), books.take(1)]
  let idle = false
  const waiting = Promise.all([books.idle(), books.idle()]).then(() => {
    idle = true
  })
  books.settle(entries[0]!, { stored: 1 })
  await Promise.resolve()
  assert.equal(idle, false)
  books.settle(entries[1]!, { stored: 1 })
  await waiting
  const third = books.take(1)
  const again = books.idle()
  books.settle(third, { stored: 1 })
  await again
})

test('the rate is that of the last full seconds', t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  const books = new Books()
  books.take(90)
  assert.equal(books.rate, 0, 'the present second is not over')
  t.mock.timers.tick(1000)
  assert.equal(books.rate, 10)
  books.take(180)
  t.mock.timers.tick(1000)
  assert.equal(books.rate, 30)
  t.mock.timers.tick(8000)
  assert.equal(books.rate, 20, 'the first second is forgotten')
  t.mock.timers.tick(60_000)
  assert.equal(books.rate, 0)
  books.take(9)
  t.mock.timers.tick(1000)
  assert.equal(books.rate, 1)
})

test('the latency is a running average, and never negative', t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  const books = new Books()
  const first = books.take(1)
  t.mock.timers.tick(100)
  books.settle(first, { stored: 1 })
  assert.equal(books.latency, 100)
  const second = books.take(1)
  t.mock.timers.tick(200)
  books.settle(second, { stored: 1 })
  assert.equal(books.latency, 110)
  const third = books.take(1)
  t.mock.timers.setTime(0)
  books.settle(third, { stored: 1 })
  assert.equal(books.latency, 99)
})

test('bug: what a batch had waited was the latency for as long as no other one came', t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  const books = new Books()
  const late = books.take(1)
  t.mock.timers.tick(49_000)
  books.settle(late, { stored: 1 })
  t.mock.timers.tick(9_999)
  assert.equal(books.latency, 49_000)
  t.mock.timers.tick(1)
  assert.equal(books.latency, undefined)
  books.settle(books.take(1), { stored: 1 })
  assert.equal(books.latency, 0, 'and the next one begins anew')
})
