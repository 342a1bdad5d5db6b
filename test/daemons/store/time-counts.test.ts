import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { SCHEMA } from '../../../src/daemons/store/layout.ts'
import { TimeCounts } from '../../../src/daemons/store/time-counts.ts'

function create() {
  const db = new DatabaseSync(':memory:')
  db.exec(SCHEMA)
  const rows = (table: string) =>
    db
      .prepare(`SELECT * FROM ${table}`)
      .all()
      .map(row => Object.values(row))
  return { counts: new TimeCounts(db), rows }
}

test('records, and the severe ones of them, in each second and each minute', () => {
  const { counts, rows } = create()
  for (const [time, severe] of [
    [0, false],
    [999, true],
    [1000, false],
    [59_999, true],
    [60_000, false],
  ] as const)
    counts.add(time, severe)
  counts.flush()
  assert.deepEqual(rows('seconds'), [
    [0, 2, 1],
    [1, 1, 0],
    [59, 1, 1],
    [60, 1, 0],
  ])
  assert.deepEqual(rows('minutes'), [
    [0, 4, 2],
    [1, 1, 0],
  ])
})

test('later ones are added; what was written or cleared is not written again', () => {
  const { counts, rows } = create()
  counts.add(1500, true)
  counts.flush()
  counts.flush()
  counts.add(1500, false)
  counts.clear()
  counts.add(1700, true)
  counts.flush()
  assert.deepEqual(rows('seconds'), [[1, 2, 2]])
  assert.deepEqual(rows('minutes'), [[0, 2, 2]])
})
