import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Misuse } from '../../src/lib/errors.ts'
import { splitStages } from '../../src/lib/words.ts'

test('stages and words', () => {
  const table: [string, string[][]][] = [
    ['store', [['store']]],
    ['a --x 1 | b', [['a', '--x', '1'], ['b']]],
    ['a|b|c', [['a'], ['b'], ['c']]],
    ['  a\t1 |\n b  ', [['a', '1'], ['b']]],
    [`a 'x | y' | b`, [['a', 'x | y'], ['b']]],
    [`a "x  'y'" z`, [['a', "x  'y'", 'z']]],
    [`a '' ""`, [['a', '', '']]],
    [`a --x='1 2'"3 4"5`, [['a', '--x=1 23 45']]],
    [String.raw`a \| \' \\ x\ y`, [['a', '|', "'", '\\', 'x y']]],
    [String.raw`a "\"\\" '\n' "\n"`, [['a', '"\\', String.raw`\n`, String.raw`\n`]]],
    [String.raw`a "\$HOME" '\$HOME'`, [['a', '$HOME', String.raw`\$HOME`]]],
    ['a $HOME * ~ #b', [['a', '$HOME', '*', '~', '#b']]],
    ['a\\', [['a\\']]],
  ]
  for (const [text, stages] of table) assert.deepEqual(splitStages(text), stages, text)
})

test('bug: a backslash at the end of a line became a part of the next word', () => {
  assert.deepEqual(splitStages('a --x 1 \\\n  | b'), [['a', '--x', '1'], ['b']])
  assert.deepEqual(splitStages('a "x\\\ny" "x\\\\\ny"'), [['a', 'xy', 'x\\\ny']])
})

test('misuse', () => {
  for (const text of ['', ' ', '|', 'a |', '| a', 'a || b'])
    assert.throws(() => splitStages(text), /a stage is empty/)
  for (const text of [`a 'b`, `a "b\\"`, `'`])
    assert.throws(
      () => splitStages(text),
      (error: Error) => error instanceof Misuse && /is not closed/.test(error.message),
    )
  assert.throws(() => splitStages(`ab 'c`), /the quote ' at character 4 is not closed/)
})

const word = fc.string({
  unit: fc.oneof(fc.constantFrom(...` '"\\|$\n\ta=-`), fc.string({ minLength: 1, maxLength: 1 })),
})

/** The ways to write a word. */
const quotations: ((word: string) => string)[] = [
  text => `'${text.replaceAll("'", `'\\''`)}'`,
  text => `"${text.replace(/[\\"$`]/g, '\\$&')}"`,
  text => (text === '' ? `''` : text.replace(/[^\n]/g, '\\$&').replaceAll('\n', `'\n'`)),
]

test('what is quoted comes out as it was, however it was quoted', () => {
  const stage = fc.array(fc.tuple(word, fc.constantFrom(...quotations)), { minLength: 1, maxLength: 4 })
  const space = fc.constantFrom(' ', '\t', '\n', '  ', ' \\\n ')
  fc.assert(
    fc.property(
      fc.array(stage, { minLength: 1, maxLength: 4 }),
      space,
      fc.boolean(),
      (stages, gap, spaced) => {
        const bar = spaced ? `${gap}|${gap}` : '|'
        const text = stages.map(words => words.map(([one, quote]) => quote(one)).join(gap)).join(bar)
        const expected = stages.map(words => words.map(([one]) => one))
        assert.deepEqual(splitStages(text), expected)
      },
    ),
  )
})
