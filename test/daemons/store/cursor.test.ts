import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatCursor, parseCursor } from '../../../src/daemons/store/cursor.ts'

for (const cursor of [
  { key: 0, partition: 0 },
  { key: 1801423822336000, partition: 7 },
  { key: Number.MAX_SAFE_INTEGER, partition: Number.MAX_SAFE_INTEGER },
]) {
  const text = formatCursor(cursor)
  test(`${text} is read as it was written`, () => {
    assert.deepEqual(parseCursor(text), cursor)
  })
}

for (const text of [
  '',
  '-',
  '1',
  '1-',
  '-1',
  '1-2-3',
  ' 1-2',
  '1-2\n',
  '1.5-2',
  'a-b',
  `${'9'.repeat(17)}-1`,
])
  test(`${JSON.stringify(text)} is none`, () => {
    assert.throws(() => parseCursor(text), RangeError)
  })
