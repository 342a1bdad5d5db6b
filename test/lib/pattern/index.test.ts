import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { createPattern, type Pattern } from '../../../src/lib/pattern/index.ts'
import * as random from './random.ts'

const RUNS = process.env.SLUICE_FAULTS === 'long' ? 200_000 : 3_000

function engineOf(pattern: string): Pattern['engine'] {
  return createPattern(pattern).engine
}

test('what is proved to take linear time is for RegExp, what is only at the beginning for both, the rest for RE2', () => {
  const table: [pattern: string, engine: Pattern['engine']][] = [
    ['^\\s', 'native'],
    ['\\\\$', 'native'],
    ['^(\\S+) (\\S+) \\[([^\\]]+)\\] "([^"]*)"$', 'native'],
    ['^(?<at>\\S+) .* user=(?<user>\\w+)', 'native'],
    ['^.*?error: (?<rest>.*)$', 'native'],
    ['Failed password for (?:invalid user )?(?<user>\\S+) from', 'native'],
    // Each start could be tried with each end.
    ['(?<host>\\S+) (?<rest>.*)', 'both'],
    ['^(a+)+$', 're2'],
    ['(a+)+$', 're2'],
    ['^(a|a)*$', 're2'],
    ['^(a|ab|b)*c', 're2'],
    ['^(?:a*)*b', 're2'],
    ['^\\s*\\s*x', 're2'],
    ['^.*,.*,.*x', 're2'],
    // Linear in the text, but 2 ** 30 in the pattern.
    ['^(?:a?){30}a{30}$', 're2'],
    // JavaScript forgets what a group held in the round before; RE2 does not.
    ['^(?:(a)|b)*$', 're2'],
    // Only RE2 knows it.
    ['^\\pL+ \\d', 're2'],
  ]
  for (const [pattern, engine] of table) assert.equal(engineOf(pattern), engine, pattern)
})

test('a line feed is a character like any other: messages have several lines', () => {
  for (const pattern of ['^a(.*)$', '(a+)+(?<rest>.*)$'])
    assert.equal(createPattern(pattern).exec('a\nb')?.[0], 'a\nb')
  assert.equal(createPattern('(?-s)^a.*').exec('ab\nc')?.[0], 'ab')
})

test('names of groups, by their number, whatever the engine', () => {
  for (const more of ['', '(?:x+x+)?', '\\pL*']) {
    assert.deepEqual(createPattern(`^(?<a>.)(.)(?P<b>.)${more}`).names, [undefined, 'a', undefined, 'b'])
  }
})

test('both: a match behind the beginning is found by RE2, and only the first match counts', () => {
  const pattern = createPattern('(?<word>[a-z]+)=(?<value>\\d+)')
  assert.equal(pattern.engine, 'both')
  assert.deepEqual([...pattern.exec('a=1 b=2')!], ['a=1', 'a', '1'])
  assert.deepEqual([...pattern.exec('- a=1 b=2')!], ['a=1', 'a', '1'])
  assert.equal(pattern.exec('- a= b='), null)
  assert.ok(pattern.test('- a=1') && !pattern.test('-'))
})

test('bug: V8 found nothing at all in the middle of a character of two halves', () => {
  assert.equal(createPattern('\\B').exec('a😀a'), null)
  assert.equal(createPattern('(?:x|\\B)').exec('a😀a'), null)
  assert.ok(createPattern('.*').exec('a😀a'))
})

test('what is no pattern is a RangeError that says why', () => {
  const table: [pattern: string, why: RegExp][] = [
    ['(', /missing closing \)/],
    ['a**', /invalid nested repetition operator: `\*\*`/],
    ['(?=a)', /invalid or unsupported Perl syntax/],
    ['(?<=a)b', /"\(\?<=a\)b" is not a pattern of RE2/],
    ['(a)\\1', /invalid escape sequence/],
    ['(?<a>x)(?<a>y)', /duplicate capture group name/],
    ['[z-a]', /invalid character class range/],
    ['a{1001}', /invalid repeat count/],
  ]
  for (const [pattern, why] of table)
    assert.throws(() => createPattern(pattern), { name: 'RangeError', message: why })
})

test('a match over more than the stack of RegExp holds is found all the same', () => {
  const pattern = createPattern('^(?:(?:ab|c)(?:d|e))*$')
  assert.equal(pattern.engine, 'native')
  assert.ok(pattern.test('abd'.repeat(3_000_000)))
})

describe('texts of 100,000 characters', () => {
  const long = 100_000
  const table: [pattern: string, text: string][] = [
    ['(a+)+$', `${'a'.repeat(long)}!`],
    ['^(a+)+$', `${'a'.repeat(long)}!`],
    ['(a|a)*b', 'a'.repeat(long)],
    ['(a|aa)+$', `${'a'.repeat(long)}!`],
    ['(x+x+)+y', 'x'.repeat(long)],
    ['([a-zA-Z]+)*1', 'a'.repeat(long)],
    ['(.*?,){11}P', ','.repeat(long)],
    ['\\s+$', `${' '.repeat(long)}x`],
    ['(\\S+) x', 'a'.repeat(long)],
    ['.*.*=.*;', 'x='.repeat(long / 2)],
    ['^(?:.*error)+(.*)x$', 'error'.repeat(long / 5)],
    ['"(?:[^"\\\\]|\\\\.)*"', `"${'\\"'.repeat(long / 2)}`],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(long)],
    ['^\\d*\\.?\\d*$', `${'1'.repeat(long)}x`],
  ]
  for (const [pattern, text] of table) {
    // With an engine that backtracks, most of these take years, and the others hours.
    test(`${pattern} is not in ${text.slice(0, 8)}…`, () => {
      const match = createPattern(pattern).exec(text)
      assert.deepEqual(match && [...match], RE2JS.compile(pattern, RE2JS.DOTALL).exec(text)?.slice() ?? null)
    })
  }
})

test('whichever engine answers, it says what RE2 says', t => {
  const engines = { native: 0, both: 0, re2: 0, none: 0 }
  const report = fc.check(
    fc.property(random.pattern, fc.array(random.text, { minLength: 4, maxLength: 4 }), (pattern, texts) => {
      const re2 = compiled(pattern)
      if (!re2) {
        assert.throws(() => createPattern(pattern), RangeError)
        engines.none++
        return
      }
      const ours = createPattern(pattern)
      engines[ours.engine]++
      for (const text of texts) {
        const expected = re2.exec(text)
        const found = ours.exec(text)
        assert.deepEqual(
          found && [...found],
          expected && [...expected],
          `${ours.engine}: ${JSON.stringify(text)}`,
        )
        assert.equal(ours.test(text), expected !== null)
      }
    }),
    { numRuns: RUNS },
  )
  t.diagnostic(`seed ${report.seed}; ${JSON.stringify(engines)}`)
  assert.ok(!report.failed, fc.defaultReportMessage(report) ?? '')
  assert.ok(
    engines.native > RUNS / 50 && engines.re2 > RUNS / 50,
    'hardly any pattern is for one of the engines',
  )
})

function compiled(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL)
  } catch {
    return undefined
  }
}
