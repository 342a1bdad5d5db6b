import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assignment, commandWord, literal, pathWord } from '../../../src/lib/service/quote.ts'

const CASES: [text: string, word: string][] = [
  ['--listen', '--listen'],
  ['', '""'],
  ['a b', '"a b"'],
  ['it\'s "so"', '"it\'s \\"so\\""'],
  ['C:\\x', '"C:\\\\x"'],
  ['100%', '100%%'],
  ['$HOME', '$$HOME'],
  ['severity<=3 => x', '"severity<=3 => x"'],
  ['one\ntwo\u0007', '"one\\ntwo\\x07"'],
  [';', '";"'],
]

for (const [text, word] of CASES) {
  test(`${JSON.stringify(text)} means itself on the command line of a unit`, () => {
    assert.equal(commandWord(literal(text)), word)
  })
}

test('in a variable a dollar is a dollar', () => {
  assert.equal(assignment('SLUICE_DO', literal('set a = "$b"')), '"SLUICE_DO=set a = \\"$b\\""')
})

test('a specifier counts where it is not taken literally', () => {
  assert.equal(commandWord('%S/sluice-x'), '%S/sluice-x')
})

test('a path in a list means itself, as test/systemd/install.test.ts has it read by systemd', () => {
  assert.equal(pathWord('/srv/a b'), '"/srv/a b"')
  assert.equal(pathWord('-/srv/100%'), '-/srv/100%%')
  assert.equal(pathWord('/srv/a:b'), '"/srv/a:b"')
  assert.equal(pathWord('/srv/"x"\\y'), '"/srv/\\"x\\"\\\\y"')
})
