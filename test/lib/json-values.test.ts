import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseValues } from '../../src/lib/json-values.ts'

const CASES: [what: string, text: string, values: unknown[]][] = [
  ['an object', '{"a":1}', [{ a: 1 }]],
  ['one over several lines', ' {\n  "a": {\n "b": 2 } }\n', [{ a: { b: 2 } }]],
  ['a list', '[{"a":1}, "text", 3, null, [4]]', [{ a: 1 }, 'text', 3, null, [4]]],
  ['an empty list', ' [ ]', []],
  ['a text', '"text"', ['text']],
  ['objects without anything between them', '{"a":1}{"a":2}', [{ a: 1 }, { a: 2 }]],
  ['objects on lines', '{"a":1}\r\n{\n"a":2}\n\n', [{ a: 1 }, { a: 2 }]],
  ['lists, one after the other', '[1,2][{"a":3}]', [1, 2, { a: 3 }]],
  ['brackets in texts', '{"a":"}{"}{"b":"\\"]["}', [{ a: '}{' }, { b: '"][' }]],
]

const BAD: [what: string, text: string, message: RegExp][] = [
  ['nothing at all', ' ', /Unexpected end/],
  ['cut off', '[{"a":1},\n{"a":', /Unexpected end/],
  ['a word', 'hello', /Unexpected token/],
  ['a comma too many', '{"a":1,}', /line 1 column 8/],
  ['another bracket', '{"a":1]', /position 6/],
  ['a good one before a bad one', '{"a":1}\n{"a":2}\n\n{"b" 3}\n', /begins in line 4: .*column/],
  ['a good one before a word', '{"a":1}\nhello', /begins in line 2/],
  ['a good one before half of one', '{"a":1}{"a"', /begins in line 1/],
  ['only a closing bracket', '}', /Unexpected token/],
  ['too deep', '['.repeat(600) + ']'.repeat(600), /nested deeper than 500/],
]

describe('the values of a JSON body', () => {
  for (const [what, text, values] of CASES) test(what, () => assert.deepEqual(parseValues(text), values))

  for (const [what, text, message] of BAD)
    test(`bad: ${what}`, () => {
      assert.throws(() => parseValues(text), { name: 'SyntaxError', message })
    })

  test('numbers keep their digits', () => {
    const text = '{"n":12345678901234567890}{"n":1e400}'
    assert.deepEqual(
      parseValues(text).map(value => JSON.stringify(value)),
      ['{"n":12345678901234567890}', '{"n":1e400}'],
    )
  })

  test('any objects, with any white space between them', () => {
    const space = fc.array(fc.constantFrom(' ', '\n', '\r\n', '\t')).map(parts => parts.join(''))
    const part = fc.tuple(fc.dictionary(fc.string(), fc.jsonValue()), space)
    const property = fc.property(fc.array(part, { minLength: 1 }), parts => {
      const values = parts.map(([value]) => JSON.parse(JSON.stringify(value)))
      const text = parts.map(([value, after]) => JSON.stringify(value) + after).join('')
      assert.deepEqual(JSON.stringify(parseValues(text)), JSON.stringify(values))
    })
    fc.assert(property, { numRuns: process.env.SLUICE_FAULTS === 'long' ? 100_000 : 300 })
  })
})
