import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partsOf } from '../../../src/daemons/count/parts.ts'

const reading = (id: string, key: string, kind: 'count' | 'sum' | 'distinct' = 'count', minute = 1) =>
  ({ ...{ id, kind, key, time: 0, minute }, amount: 1 }) as const
const numbers = (count: number) => Array.from({ length: count }, (_, n) => `${n}`)
const sizes = (parts: (readonly string[])[]) => parts.map(({ length }) => length)

test('events of one key and minute go together, those of many keys do not', () => {
  const ids = numbers(1000)
  const same = ids.map(id => reading(id, 'a/x'))
  assert.deepEqual(sizes(partsOf({ ids, readings: same }, 1000)), [1000])
  const own = ids.map(id => reading(id, `${id}/x`))
  const parts = partsOf({ ids, readings: own }, 1000)
  assert.ok(sizes(parts).every(size => size <= 100))
  assert.deepEqual(parts.flat(), ids)
})

test('sums and values that are seen cost more; events that no template counts are in it too', () => {
  const ids = numbers(300)
  const costly = (kind: 'sum' | 'distinct') =>
    partsOf({ ids, readings: ids.map(id => reading(id, 'a/x', kind, Number(id))) }, 1000).length
  assert.ok(costly('sum') > costly('distinct') && costly('distinct') > 3)
  const half = ids.filter((_, n) => n % 2 === 0).map(id => reading(id, `${id}/x`))
  assert.deepEqual(partsOf({ ids, readings: half }, 500).flat(), ids)
  assert.deepEqual(partsOf({ ids: [], readings: [] }, 500), [[]])
  assert.deepEqual(partsOf({ ids, readings: half }, Number.POSITIVE_INFINITY), [ids])
})

test('bug: a batch of many small events of one minute held a Redis up for 90 ms', () => {
  const ids = numbers(17_000)
  const readings = ids.map(id => reading(id, 'a/x'))
  const parts = partsOf({ ids, readings }, 3000)
  assert.ok(
    sizes(parts).every(size => size <= 8_600),
    sizes(parts).join(),
  )
  assert.deepEqual(parts.flat(), ids)
})

test('a batch of usual events is one part', () => {
  const ids = numbers(4_500)
  const readings = ids.map(id => reading(id, `${Number(id) % 60}/x`, 'count', Number(id) % 2))
  assert.deepEqual(sizes(partsOf({ ids, readings }, 3000)), [4_500])
})
