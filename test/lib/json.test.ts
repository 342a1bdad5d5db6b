import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from '../../src/lib/json.ts'

const again = (text: string) => JSON.stringify(parseJson(text))

test('numbers that a double cannot hold come out as they went in', () => {
  const table = [
    '12345678901234567890',
    '-12345678901234567890',
    '9007199254740993',
    '1e400',
    '-1e-400',
    '0.1234567890123456789',
    '1E5',
    '1.0e+10',
    '100000000000000000000000',
  ]
  for (const number of table) {
    assert.equal(again(number), number)
    assert.equal(again(`{"a":${number}}`), `{"a":${number}}`)
    assert.equal(again(`[1,${number},{"b": ${number}}]`), `[1,${number},{"b":${number}}]`)
    for (const space of ['', ' ', '\t', '\r\n', '  ']) {
      const text = `{"a":"x","b"${space}:${space}{"c"${space}:${space}${number}${space}}${space},"d":[${space}${number}]}`
      assert.equal(again(text), `{"a":"x","b":{"c":${number}},"d":[${number}]}`, JSON.stringify(text))
    }
  }
})

test('plain numbers are numbers, and so is 1e2 in a text', () => {
  assert.deepEqual(parseJson('{"a":1,"b":-0.5,"c":123456789012345}'), {
    a: 1,
    b: -0.5,
    c: 123_456_789_012_345,
  })
  assert.deepEqual(parseJson('{"a":"1e2, 12345678901234567890"}'), { a: '1e2, 12345678901234567890' })
  // The slow path leaves alone what a double holds.
  assert.deepEqual(parseJson('{"a":12345678901234567890,"b":7}') as object, {
    ...(parseJson('{"a":12345678901234567890}') as object),
    b: 7,
  })
})

test('every number survives wherever it stands', () => {
  const number = fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,20})?([eE][+-]?\d{1,3})?$/)
  const space = fc.constantFrom('', '', ' ', '\t', '\n')
  const text = fc
    .constantFrom('"x"', '"\\"a\\": 1e5"', '"a\\"', 'null', '{}', '[]')
    .filter(one => isJson(one))
  const { tree } = fc.letrec(tie => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      number,
      text,
      fc
        .array(fc.tuple(space, tie('tree'), space), { maxLength: 3 })
        .map(all => `[${all.map(one => one.join('')).join(',')}]`),
      fc
        .array(
          fc.tuple(
            space,
            fc.constant('"k'),
            fc.nat(9),
            fc.constant('"'),
            space,
            fc.constant(':'),
            space,
            tie('tree'),
          ),
          {
            maxLength: 3,
          },
        )
        .map(all => `{${all.map(one => one.join('')).join(',')}}`),
    ),
  }))
  fc.assert(
    fc.property(tree as fc.Arbitrary<string>, text => {
      const numbers = (json: string) => (unquoted(json).match(/-?\d[\d.eE+-]*/g) ?? []).map(exactly)
      const parsed = parseJson(`{"k":${text}}`)
      // Of a key that stands twice only the last one is left.
      if (!/("k\d").*\1/s.test(text)) assert.deepEqual(numbers(JSON.stringify(parsed)), numbers(text))
    }),
    { numRuns: 2000 },
  )
})

const isJson = (text: string) => {
  try {
    return [JSON.parse(text)].length > 0
  } catch {
    return false
  }
}

/** JSON without its texts. */
const unquoted = (json: string) => json.replace(/"(?:[^"\\]|\\.)*"/g, '')

test('every number survives', () => {
  const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,4})?$/)
  fc.assert(
    fc.property(digits, number => {
      const printed = again(`[${number}]`).slice(1, -1)
      // The same value: exactly the text, or a shorter writing of what a double holds.
      assert.ok(printed === number || exactly(printed) === exactly(number), `${number} became ${printed}`)
    }),
    { numRuns: 1000 },
  )
})

/** A decimal number in one writing: digits without outer zeros, and the exponent. */
function exactly(number: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? assert.fail(number)
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return '0'
  const trimmed = digits.replace(/0+$/, '')
  return `${sign}${trimmed}e${Number(exponent) - fraction.length + digits.length - trimmed.length}`
}

test('any JSON is the same afterwards', () => {
  fc.assert(fc.property(fc.json(), text => assert.equal(again(text), JSON.stringify(JSON.parse(text)))))
})

test('a field named __proto__ is a field', () => {
  for (const number of ['1', '12345678901234567890']) {
    const parsed = parseJson(`{"__proto__":{"admin":${number}},"a":${number}}`) as { admin?: unknown }
    assert.equal(parsed.admin, undefined)
    assert.ok(Object.hasOwn(parsed, '__proto__'))
    assert.equal(JSON.stringify(parsed), `{"__proto__":{"admin":${number}},"a":${number}}`)
  }
})

const nested = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels)

test('what is nested too deep to be written again is refused', () => {
  assert.doesNotThrow(() => again(nested(500, '[', ']')))
  assert.throws(() => parseJson(nested(501, '[', ']')), /nested deeper than 500 levels/)
  assert.throws(() => parseJson(`${'{"a":'.repeat(501)}1${'}'.repeat(501)}`), /nested deeper/)
  assert.throws(() => parseJson(nested(1_000_000, '[', ']')), /nested deeper/)
})

test('brackets in texts are no nesting, whatever is escaped', () => {
  const long = '['.repeat(2000)
  for (const text of [long, `\\"${long}`, `\\\\`, `${long}\\\\`, `\\\\\\"${long}`]) {
    const json = `{"a":"${text}","b":[1]}`
    assert.equal(again(json), json)
  }
  assert.throws(() => parseJson(`{"a":"\\\\",${'"b":['.repeat(600)}`), /nested deeper/)
})

test('broken JSON is a SyntaxError, also when it is long', () => {
  for (const text of [
    '',
    '{',
    '{"a":',
    '{"a":1e}',
    `"${'\\'.repeat(3000)}`,
    `{"${'x'.repeat(3000)}`,
    '{"a":01e1}',
  ])
    assert.throws(() => parseJson(text), SyntaxError, text.slice(0, 20))
})
