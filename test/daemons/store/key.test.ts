import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { firstKeyAt, KeyMint, PER_MILLISECOND, timeOfKey } from '../../../src/daemons/store/key.ts'

/** A mint over a table in memory, which forgets what the mint remembers as often as it is made anew. */
function createTable() {
  const keys: number[] = []
  const lastBetween = (from: number, to: number) => {
    const found = keys.filter(key => key >= from && key < to)
    return found.length === 0 ? undefined : Math.max(...found)
  }
  const open = () => new KeyMint(lastBetween, Math.max(-1, ...keys))
  return { keys, open }
}

test('keys sort by time, and those of one millisecond by arrival', () => {
  const mint = createTable().open()
  assert.deepEqual(
    [5, 7, 5, 6, 5].map(time => mint.mint(time)),
    [5 * 1024, 7 * 1024, 5 * 1024 + 1, 6 * 1024, 5 * 1024 + 2],
  )
})

test('a millisecond that is full goes on in the next ones', () => {
  const mint = createTable().open()
  const keys = Array.from({ length: 3 * PER_MILLISECOND }, () => mint.mint(1000))
  assert.deepEqual(
    keys,
    keys.map((_, n) => firstKeyAt(1000) + n),
  )
  assert.equal(mint.mint(1001), firstKeyAt(1003), 'behind what has spilled over')
})

test('every time there is has a key that is an exact number', () => {
  const mint = createTable().open()
  for (const time of [-1e15, -1, 0, 0.5, 1.7e12, 8.64e15]) assert.ok(Number.isSafeInteger(mint.mint(time)))
  assert.equal(timeOfKey(firstKeyAt(1_764_000_000_123)), 1_764_000_000_123)
})

test('no key is given twice, in whatever order times come and however often the store is opened anew', () => {
  const step = fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({ time: fc.integer({ min: 0, max: 5 }), count: fc.integer({ min: 1, max: 900 }) }),
    },
    { weight: 1, arbitrary: fc.constant('reopen' as const) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), steps => {
      const table = createTable()
      let mint = table.open()
      for (const one of steps) {
        if (one === 'reopen') mint = table.open()
        else for (let n = 0; n < one.count; n++) table.keys.push(mint.mint(one.time))
      }
      assert.equal(new Set(table.keys).size, table.keys.length)
    }),
    { numRuns: 40 },
  )
})
