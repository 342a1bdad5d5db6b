import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entryId } from '../../../src/daemons/journal/id.ts'

const cursor = (series: string, number: number) =>
  `s=${series.repeat(32)};i=${number.toString(16)};b=${'2'.repeat(32)};m=fa0;t=60a241e142cb8;x=883c334e5a2bb540`

test('an id is that of the entry: its time, its series, its number', () => {
  const id = entryId(cursor('a', 1), 1_700_000_000_000)
  assert.equal(id, entryId(cursor('a', 1), 1_700_000_000_000))
  assert.match(id!, /^[0-9a-z]{26}$/)
  const others = [entryId(cursor('b', 1), 1_700_000_000_000), entryId(cursor('a', 2), 1_700_000_000_000)]
  assert.equal(new Set([id, ...others]).size, 3)
})

test('ids sort by time, and in a millisecond by number', () => {
  const ids = [
    entryId(cursor('f', 0xfffffffffff), 1),
    entryId(cursor('0', 1), 2),
    entryId(cursor('0', 31), 2),
    entryId(cursor('0', 32), 2),
    entryId(cursor('0', 0xfffffffffff), 2),
    entryId(cursor('0', 0), 1_700_000_000_000),
  ]
  assert.deepEqual([...ids].sort(), ids)
})

test('a cursor of another form has none', () => {
  for (const other of ['', 's=1;i=1', `s=${'g'.repeat(32)};i=1;`, cursor('a', 0x100000000000)])
    assert.equal(entryId(other, 1), undefined)
})
