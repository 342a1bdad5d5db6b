import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fatal } from '../../../src/lib/errors.ts'
import { findOwner } from '../../../src/lib/unix/owner.ts'

const cases: [written: string, uid: number, gid: number][] = [
  ['root', 0, -1],
  ['root:root', 0, 0],
  [':root', -1, 0],
  ['1000:', 1000, -1],
  ['1000:2000', 1000, 2000],
  ['daemon:0', 1, 0],
]

for (const [written, uid, gid] of cases)
  test(written, () => assert.deepEqual(findOwner(written), { uid, gid }))

test('one that is not there', () => {
  assert.throws(() => findOwner('nobody-of-this-name'), Fatal)
  assert.throws(() => findOwner('root:no-group-of-this-name'), Fatal)
})
