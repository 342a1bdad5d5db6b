import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkUnixPath, isAbstract, unixAddress } from '../../../src/lib/unix/address.ts'

test('a path ends in NUL, an abstract name begins with one', () => {
  assert.deepEqual([...unixAddress('/x')], [1, 0, 0x2f, 0x78, 0])
  assert.deepEqual([...unixAddress('@x')], [1, 0, 0, 0x78])
  assert.ok(isAbstract('@x') && !isAbstract('./@x'))
})

test('what no socket can be called is refused', () => {
  checkUnixPath('x'.repeat(107))
  for (const path of ['', '@', 'a\0b', 'x'.repeat(108), 'é'.repeat(54)])
    assert.throws(() => checkUnixPath(path), RangeError, path)
})
