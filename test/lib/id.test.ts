import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createMint, createOriginMint, createPositionIds } from '../../src/lib/id.ts'

test('an id is 21 characters that every sink and file name bears', () => {
  const mint = createMint()
  for (let n = 0; n < 1000; n++) assert.match(mint(), /^[0-9a-hjkmnp-tv-z]{21}$/)
})

test('the first nine characters are the time', () => {
  const time = Date.UTC(2026, 9, 11)
  const digits = [...createMint(() => time)().slice(0, 9)]
  const read = digits.reduce((sum, digit) => sum * 32 + '0123456789abcdefghjkmnpqrstvwxyz'.indexOf(digit), 0)
  assert.equal(read, time)
})

test('ids grow as text whatever the clock does, and none comes twice', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 2, maxLength: 200 }), steps => {
      let time = Date.UTC(2026, 0, 1)
      const mint = createMint(() => time)
      let last = ''
      for (const step of steps) {
        time += step
        const id = mint()
        assert.ok(id > last, `${id} after ${last}`)
        last = id
      }
    }),
  )
})

test('more than a million ids in a stopped millisecond still differ', () => {
  const mint = createMint(() => 1_000)
  let last = ''
  for (let n = 0; n < 1024 * 1024 + 10; n++) {
    const id = mint()
    if (id <= last) assert.fail(`${id} after ${last}`)
    last = id
  }
})

test('two mints of the same millisecond, as after a restart, give different ids', () => {
  const now = () => 1_000
  const ids = new Set(Array.from({ length: 1000 }, () => createMint(now)()))
  assert.equal(ids.size, 1000)
})

test('a clock that stands before 1970 does no harm', () => {
  const mint = createMint(() => -1)
  const first = mint()
  assert.ok(first < mint())
})

test('origins that begin in the same millisecond have different names, which sort with ids', () => {
  const time = Date.UTC(2026, 9, 11)
  const mint = createOriginMint(() => time)
  const names = Array.from({ length: 1000 }, mint)
  assert.equal(new Set(names.map(name => name.slice(0, 9))).size, 1000)
  assert.match(names[0]!, /^[0-9a-hjkmnp-tv-z]{17}$/)
  assert.equal(names[0]!.slice(0, 9), createMint(() => time)().slice(0, 9))
})

test('the id of a position is the same each time, 26 characters, and sorts by position', () => {
  const origin = createOriginMint()()
  const positions = [0, 1, 31, 1024, 2 ** 20 - 1, 2 ** 20, 2 ** 31 + 7, 2 ** 40, 2 ** 45 - 1]
  const ids = positions.map(createPositionIds(origin))
  for (const id of ids) assert.match(id, /^[0-9a-hjkmnp-tv-z]{26}$/)
  assert.deepEqual(ids, ids.toSorted())
  assert.equal(new Set(ids).size, ids.length)
  // In another order, by another function.
  assert.deepEqual(positions.toReversed().map(createPositionIds(origin)), ids.toReversed())
})
