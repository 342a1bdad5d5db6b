import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { SCHEMA, termWord } from '../../../src/daemons/store/layout.ts'
import { TermWriter } from '../../../src/daemons/store/term-writer.ts'

function create() {
  const db = new DatabaseSync(':memory:')
  db.exec(SCHEMA)
  const rows = () =>
    db
      .prepare('SELECT facet, value, folded, count FROM terms ORDER BY id')
      .all()
      .map(row => Object.values(row))
  return { db, terms: new TermWriter(db), rows }
}

test('a value of a facet has one id, whatever its case is folded to; another facet has its own', () => {
  const { terms, rows } = create()
  terms.begin()
  const ids = [terms.take(0, 'Web1'), terms.take(0, 'web1'), terms.take(0, 'Web1'), terms.take(1, 'Web1')]
  assert.deepEqual(ids, [1, 2, 1, 3])
  terms.flush()
  assert.deepEqual(rows(), [
    [0, 'Web1', 'web1', 2],
    [0, 'web1', 'web1', 1],
    [1, 'Web1', 'web1', 1],
  ])
})

test('words are those of one record', () => {
  const { terms } = create()
  terms.begin()
  terms.take(0, 'a')
  assert.equal(terms.take(1, undefined), null)
  assert.deepEqual([terms.words, terms.several], [` ${termWord(1)}`, false])
  assert.equal(terms.take(2, ['b', 'c']), 2)
  assert.deepEqual([terms.words, terms.several], [[1, 2, 3].map(id => ` ${termWord(id)}`).join(''), true])
  terms.begin()
  assert.deepEqual([terms.words, terms.several], ['', false])
})

test('what was counted is written once, and found again by another writer', () => {
  const { db, terms, rows } = create()
  terms.take(0, 'a')
  terms.flush()
  terms.flush()
  const other = new TermWriter(db)
  assert.equal(other.take(0, 'a'), 1)
  other.flush()
  assert.deepEqual(rows(), [[0, 'a', 'a', 2]])
})

test('what is cleared is not counted: its transaction was rolled back', () => {
  const { terms, rows } = create()
  terms.take(0, 'a')
  terms.clear()
  terms.flush()
  assert.deepEqual(rows(), [[0, 'a', 'a', 0]])
})

test('with more values than are kept in memory, counts are still right', () => {
  const { terms, rows } = create()
  for (let n = 0; n < 60_000; n++) terms.take(0, `h${n}`)
  for (let n = 0; n < 10; n++) terms.take(0, 'h0')
  terms.flush()
  const counts = rows().map(([, , , count]) => count)
  assert.equal(counts.length, 60_000)
  assert.deepEqual([counts[0], new Set(counts.slice(1))], [11, new Set([1])])
})
