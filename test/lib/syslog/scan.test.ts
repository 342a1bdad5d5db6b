import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  behindAll,
  behindSpace,
  characterSet,
  DIGITS,
  isFieldEnd,
  PRINTABLE,
  twoDigits,
} from '../../../src/lib/syslog/scan.ts'

test('PRINTABLE is PRINTUSASCII: codes 33 to 126', () => {
  assert.equal(PRINTABLE.length, 94)
  assert.equal(PRINTABLE.charCodeAt(0), 33)
  assert.equal(PRINTABLE.charCodeAt(93), 126)
})

test('a set holds its characters, less the exceptions', () => {
  const set = characterSet('abc', 'b')
  assert.deepEqual(
    [...'abcd'].map(c => set[c.charCodeAt(0)]),
    [1, 0, 1, 0],
  )
})

test('behindAll stops at the first other character, at the limit and at the end', () => {
  const digits = characterSet(DIGITS)
  assert.equal(behindAll(digits, 'a123b', 1, 9), 4)
  assert.equal(behindAll(digits, 'a123b', 0, 9), 0)
  assert.equal(behindAll(digits, 'a123b', 1, 2), 3)
  assert.equal(behindAll(digits, '123', 0, 9), 3)
  assert.equal(behindAll(digits, '1é', 0, 9), 1)
})

test('isFieldEnd and behindSpace', () => {
  assert.deepEqual(
    [0, 1, 2, 3].map(at => isFieldEnd('a b', at)),
    [false, true, false, true],
  )
  assert.deepEqual(
    [0, 1, 2, 3].map(at => behindSpace('a b', at)),
    [0, 2, 2, 3],
  )
})

test('twoDigits', () => {
  assert.equal(twoDigits('a42', 1), 42)
  assert.equal(twoDigits('a4', 1), Number.NaN)
})
