import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createBudget, createReplace } from '../../../src/lib/pattern/replace.ts'

describe('replaces', () => {
  for (const [pattern, text, replaced] of [
    [
      '\\b\\d{13,16}\\b',
      'card 4111111111111111, 4111 and 12345678901234567',
      'card #, 4111 and 12345678901234567',
    ],
    ['[\\w.+-]+@[\\w-]+(\\.[\\w-]+)+', 'from a.b@c.example to x@y.org.', 'from # to #.'],
    ['(?i)password=\\S*', 'PASSWORD=x password=y', '# #'],
    ['a.c', 'a\nc', '#'],
    ['ü+', 'müüde 😀ü', 'm#de 😀#'],
    ['😀', 'a😀b', 'a#b'],
    ['x', 'none', 'none'],
    ['a*', 'baab', 'b#b'],
    ['\\b', 'a b', 'a b'],
    ['(?i)É+', 'aéÉb', 'a#b'],
    ['\\B', 'a😀a', 'a😀a'],
    ['(x+x+)*', 'a xxx b', 'a # b'],
    ['(a+)+$', 'b aaa', 'b #'],
  ] as const)
    test(`${pattern} in ${JSON.stringify(text)}`, () => {
      assert.equal(createReplace(pattern, '#')(text), replaced)
    })

  test('the mark is taken as it is written', () => {
    assert.equal(createReplace('b', '$&$1')('abc'), 'a$&$1c')
    assert.equal(createReplace('(b+)+c', '$&$1')('abbc'), 'a$&$1')
  })
})

describe('takes linear time', () => {
  const LONG = 200_000
  for (const [pattern, text] of [
    ['(a+)+$', `${'a'.repeat(LONG)}b`],
    ['(x+x+)+y', 'x'.repeat(LONG)],
    ['[\\w.+-]+@[\\w-]+\\.[\\w.]+', 'a'.repeat(LONG)],
    ['\\s+$', `${' '.repeat(LONG)}x`],
    ['\\d{13,16}', '4'.repeat(LONG)],
  ] as const)
    test(`${pattern} over ${LONG} characters`, () => {
      // Backtracking would take minutes to ages; the runner's own time-out says so.
      createReplace(pattern, '#')(text)
    })

  test('a text in which looking for all matches takes too long is refused', () => {
    // Each of them looks through the rest of the text for a b that is not there.
    assert.throws(
      () => createReplace('a(.*b)?', '#')('a'.repeat(200_000)),
      /takes too long to find all of its matches/,
    )
  })
})

test('the texts of one record share the time', () => {
  const replace = createReplace('a(.*b)?', '#')
  const budget = createBudget()
  const whole = budget.milliseconds
  assert.equal(replace('abca', budget), '#c#')
  assert.ok(budget.milliseconds < whole)
  assert.throws(() => replace('a', { milliseconds: -1 }), /takes too long/)
})

test('a bad pattern', () => {
  assert.throws(() => createReplace('(', '#'), RangeError)
  assert.throws(() => createReplace('(?=a)b', '#'), RangeError)
})
