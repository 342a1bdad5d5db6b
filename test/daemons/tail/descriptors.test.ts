import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Descriptors } from '../../../src/daemons/tail/descriptors.ts'
import type { TailedFile } from '../../../src/daemons/tail/tailed-file.ts'

const MB = 1024 * 1024

/** A file that holds so much of a line whose end has not come. */
function fileOf(held: number): TailedFile {
  return { path: '/x', open: { held, close() {} } } as never
}

test('lines without an end are not kept in memory of more files than memory has room for', () => {
  const descriptors = new Descriptors(1000)
  const files = [30, 20, 10].map(held => fileOf(held * MB))
  for (const file of files) {
    descriptors.use(file)
    descriptors.rest(file)
  }
  assert.equal(descriptors.count, 3)
  const last = fileOf(10 * MB)
  descriptors.use(last)
  descriptors.rest(last)
  assert.deepEqual(
    [...files, last].map(({ open }) => open !== undefined),
    [false, true, true, true],
  )
  // What is closed for another reason counts no more.
  for (const file of [...files, last]) descriptors.close(file)
  const large = fileOf(60 * MB)
  descriptors.use(large)
  descriptors.rest(large)
  assert.ok(large.open)
})
