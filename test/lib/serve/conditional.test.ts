import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isKnown } from '../../../src/lib/serve/conditional.ts'

const CASES: [header: string | undefined, isKnown: boolean][] = [
  [undefined, false],
  ['', false],
  ['"a"', true],
  ['W/"a"', true],
  ['"b"', false],
  ['a', false],
  ['*', true],
  ['"b", "a"', true],
  ['"b" , \t W/"a" ,"c"', true],
  ['"b","c"', false],
]
for (const [header, known] of CASES)
  test(`${header ?? 'nothing'} ${known ? 'knows' : 'does not know'} "a"`, () => {
    assert.equal(isKnown(header, '"a"'), known)
  })

test('a header that is made to take long does not', () => {
  // Quadratic time would be minutes.
  assert.equal(isKnown(`x${' '.repeat(2 ** 20)}x`, '"a"'), false)
})
