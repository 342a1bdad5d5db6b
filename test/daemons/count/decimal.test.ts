import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatDecimal, parseDecimal, readDecimal } from '../../../src/daemons/count/decimal.ts'

const same = (text: string) => formatDecimal(parseDecimal(text)!)

test('numbers are read as they are written', () => {
  const cases = [
    ['0', '0'],
    ['-0', '0'],
    ['12.50', '12.5'],
    ['-12.05', '-12.05'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['+7', '7'],
    ['1e3', '1000'],
    ['1.25e-3', '0.00125'],
    ['12345678901234567890.12', '12345678901234567890.12'],
    ['9223372036854775807', '9223372036854775807'],
    ['0.0000000000000000005', '0.000000000000000001'],
    ['0.0000000000000000004', '0'],
    ['1e-300', '0'],
    ['1e-19', '0'],
    ['5e-19', '0.000000000000000001'],
    ['0e99', '0'],
    [`${'0'.repeat(40)}7.5`, '7.5'],
    ['9e29', `9${'0'.repeat(29)}`],
  ]
  for (const [text, expected] of cases) assert.equal(same(text!), expected, text)
})

test('what is no number is none', () => {
  for (const text of [
    '',
    ' ',
    'ten',
    '1,5',
    '0x10',
    'NaN',
    'Infinity',
    '1e31',
    '1e999',
    '.',
    '-',
    '1 2',
    '{}',
  ])
    assert.equal(parseDecimal(text), undefined, text)
})

test('a sum of 0.1 and 0.2 is 0.3', () => {
  assert.equal(formatDecimal(parseDecimal('0.1')! + parseDecimal('0.2')!), '0.3')
})

test('what is written is read again', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 80n), max: 10n ** 80n }), value => {
      assert.equal(readDecimal(formatDecimal(value)), value)
    }),
  )
})
