import assert from 'node:assert/strict'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Mark, readMark } from '../../../src/lib/spool/mark.ts'
import { spoolPath } from '../../support/spool.ts'

test('says what was written last, always as long', t => {
  const path = spoolPath(t)
  assert.equal(readMark(path), undefined)
  const mark = new Mark(path, 0, 1)
  const { size } = statSync(path)
  assert.deepEqual(readMark(path), { version: 1, last: 0, first: 1, damaged: false })
  mark.write(Number.MAX_SAFE_INTEGER, 123)
  assert.deepEqual(readMark(path), { version: 1, last: Number.MAX_SAFE_INTEGER, first: 123, damaged: false })
  assert.equal(statSync(path).size, size)
  mark.close()
})

test('stays damaged', t => {
  const path = spoolPath(t)
  const mark = new Mark(path, 5, 2)
  mark.damage()
  mark.write(6, 3)
  mark.close()
  assert.deepEqual(readMark(path), { version: 1, last: 6, first: 3, damaged: true })
})

test('is not believed when any bit of it is wrong, or a part of it is missing', t => {
  const path = spoolPath(t)
  new Mark(path, 5, 2).close()
  const line = readFileSync(path)
  for (let bit = 0; bit < line.length * 8; bit++) {
    const wrong = Buffer.from(line)
    wrong[bit >> 3]! ^= 1 << (bit & 7)
    writeFileSync(path, wrong)
    assert.equal(readMark(path), undefined, `bit ${bit}`)
  }
  for (let length = 0; length < line.length; length++) {
    writeFileSync(path, line.subarray(0, length))
    assert.equal(readMark(path), undefined, `${length} bytes`)
  }
  rmSync(path)
})
