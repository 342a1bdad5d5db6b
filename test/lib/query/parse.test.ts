import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Operator, Query } from '../../../src/lib/query/ast.ts'
import { parseQuery, QueryError, simplify } from '../../../src/lib/query/parse.ts'

const NOW = Date.UTC(2026, 10, 21, 8)

const all: Query = { kind: 'all' }
const and = (...parts: Query[]): Query => ({ kind: 'and', parts })
const or = (...parts: Query[]): Query => ({ kind: 'or', parts })
const not = (part: Query): Query => ({ kind: 'not', part })
const words = (...list: string[]): Query => ({ kind: 'words', words: list, prefix: false })
const begin = (...list: string[]): Query => ({ kind: 'words', words: list, prefix: true })
const is = (field: string, value: string, prefix = false): Query => ({ kind: 'is', field, value, prefix })
const has = (field: string): Query => ({ kind: 'has', field })
const rank = (operator: Operator, rank: number): Query => ({ kind: 'rank', operator, rank })
const number = (field: string, operator: Operator, value: number): Query => ({
  ...{ kind: 'number', field, operator, value },
})
const time = (operator: Operator, at: number): Query => ({ kind: 'time', operator, at })

const valid: [text: string, query: Query][] = [
  ['', all],
  [' \t\n', all],
  ['*', all],
  // Words.
  ['failed password', and(words('failed'), words('password'))],
  ['"failed password"', words('failed', 'password')],
  ['Échec', words('echec')],
  ['pass*', begin('pass')],
  ['"failed pass"*', begin('failed', 'pass')],
  ['10.0.0.7', words('10', '0', '0', '7')],
  ['10.0*', begin('10', '0')],
  ['10.0.*', words('10', '0')],
  ['uid=0', words('uid', '0')],
  ['/var/log?x=1', words('var', 'log', 'x', '1')],
  ['sd-card', words('sd', 'card')],
  ['foo"bar"', and(words('foo'), words('bar'))],
  // What is text.
  ['"host:web1"', words('host', 'web1')],
  [String.raw`a\:b`, words('a', 'b')],
  [String.raw`a\<b`, words('a', 'b')],
  [String.raw`\-a`, words('a')],
  [String.raw`\(a\)`, words('a')],
  [String.raw`a\*`, words('a')],
  [String.raw`a\ b`, words('a', 'b')],
  [String.raw`"a \"b\" c"`, words('a', 'b', 'c')],
  ['a\\', words('a')],
  ['"OR"', words('or')],
  ['or and not', and(words('or'), words('and'), words('not'))],
  // Together.
  ['a OR b', or(words('a'), words('b'))],
  ['a b OR c', or(and(words('a'), words('b')), words('c'))],
  ['a AND b OR c AND d', or(and(words('a'), words('b')), and(words('c'), words('d')))],
  ['-a', not(words('a'))],
  ['NOT a', not(words('a'))],
  ['NOT(a b)c', and(not(and(words('a'), words('b'))), words('c'))],
  ['--a', words('a')],
  ['a AND NOT -b', and(words('a'), words('b'))],
  ['(a OR b) -c', and(or(words('a'), words('b')), not(words('c')))],
  ['((a) (b (c)))', and(words('a'), words('b'), words('c'))],
  // Fields.
  ['host:web1', is('host', 'web1')],
  ['host:WEB1', is('host', 'web1')],
  ['host:web*', is('host', 'web', true)],
  [String.raw`host:web\*`, is('host', 'web*')],
  ['host:(web1 OR web2)', or(is('host', 'web1'), is('host', 'web2'))],
  [
    'host:(web* -web1 (a OR "b c"))',
    and(is('host', 'web', true), not(is('host', 'web1')), or(is('host', 'a'), is('host', 'b c'))),
  ],
  ['-host:web1', not(is('host', 'web1'))],
  ['program:"my app"', is('program', 'my app')],
  ['program:"my a"*', is('program', 'my a', true)],
  ['program:""', is('program', '')],
  ['syslog_program:sshd', is('program', 'sshd')],
  ['log.syslog.appname:sshd', is('program', 'sshd')],
  ['user.name:alice', is('user.name', 'alice')],
  ['@meta.peer:10.0.0.7:514', is('@meta.peer', '10.0.0.7:514')],
  ['structured_data.ex@1.ip:*', has('structured_data.ex@1.ip')],
  ['host:-', is('host', '-')],
  ['host:"::1"', is('host', '::1')],
  [String.raw`host:\:\:1`, is('host', '::1')],
  [String.raw`my\ field:x`, is('my field', 'x')],
  [String.raw`a\:b:c`, is('a:b', 'c')],
  ['NOT:x', is('NOT', 'x')],
  // Severity.
  ['severity<=warning', rank('<=', 4)],
  ['severity:3', rank('=', 3)],
  ['severity:"Error"', rank('=', 3)],
  ['level>INFO', rank('>', 6)],
  ['severity:(err OR crit)', or(rank('=', 3), rank('=', 2))],
  ['severity:warn*', rank('=', 4)],
  ['severity:E*', or(rank('=', 0), rank('=', 3))],
  ['severity:"x"*', is('severity', 'x', true)],
  ['level:"30"', is('severity', '30')],
  ['severity:*', has('severity')],
  // Numbers.
  ['status>=500', number('status', '>=', 500)],
  ['status<-1.5e3', number('status', '<', -1500)],
  ['status>".5"', number('status', '>', 0.5)],
  ['pid<=10', number('pid', '<=', 10)],
  // Time.
  ['time>=2026-11-21T08:00', time('>=', NOW)],
  ['time<-15m', time('<', NOW - 900_000)],
  ['@timestamp>"2026-11-21 08:00"', time('>', NOW)],
  ['time<=2026-11-21T10:00+02:00', time('<=', NOW)],
  ['time:*', all],
]

for (const [text, query] of valid) {
  test(`parse ${JSON.stringify(text)}`, () => assert.deepEqual(parseQuery(text, NOW), query))
}

// What is wrong is between the brackets ⟦ and ⟧.
const faulty: [marked: string, message: RegExp][] = [
  ['⟦***⟧', /^"\*\*\*" has no letter or digit; put it in quotes together with others$/],
  ['a ⟦=>⟧ b', /no letter or digit/],
  ['a ⟦-⟧ b', /no letter or digit/],
  ['⟦""⟧', /no letter or digit/],
  ['⟦"->"⟧', /no letter or digit/],
  ['failed ⟦"abc⟧', /^there is no closing quote$/],
  ['⟦"a\\⟧', /^there is no closing quote$/],
  ['a ⟦(⟧b', /^there is no closing parenthesis$/],
  ['host:⟦(⟧a', /^there is no closing parenthesis$/],
  ['a ⟦(⟧', /^there is no closing parenthesis$/],
  ['a⟦)⟧', /^there is no opening parenthesis for this one$/],
  ['⟦( )⟧', /^there is nothing in the parentheses$/],
  ['a ⟦OR⟧', /^there is nothing behind OR$/],
  ['(a ⟦AND⟧)', /^there is nothing behind AND$/],
  ['a ⟦OR⟧ AND b', /^there is nothing behind OR$/],
  ['⟦NOT⟧', /^there is nothing behind NOT$/],
  ['⟦OR⟧ a', /^there is nothing in front of OR$/],
  ['(⟦AND⟧ a)', /^there is nothing in front of AND$/],
  ['a⟦*⟧b', /star can only stand at the end/],
  ['host:⟦*⟧1', /star can only stand at the end/],
  ['⟦host:⟧ web1', /no value behind host:/],
  ['(⟦a>=⟧)', /no value behind a>=/],
  ['⟦12:30:45⟧ a', /"12" is no name of a field; put the text in quotes/],
  ['⟦a*:b⟧', /"a\*" is no name of a field/],
  ['⟦a=b:c⟧', /"a=b" is no name of a field/],
  ['⟦http://x⟧', /quotes/],
  ['⟦std::string⟧', /quotes/],
  ['status ⟦>=⟧ 500', /without spaces, as in status>=500/],
  ['status ⟦>=500⟧', /without spaces, as in status>=500/],
  ['⟦<html>⟧', /quotes/],
  ['⟦a!=⟧b', /write -a:value/],
  ['⟦host=web1⟧', /write host:value .* or "host=web1" in quotes/],
  ['⟦time=⟧2026', /write time>= and time</],
  ['⟦time:2026⟧', /write time>= .* and time</],
  ['time:(⟦a⟧)', /write time>= .* and time</],
  ['time>=⟦2026-02-30⟧', /"2026-02-30" is not a time; write for example/],
  ['severity:⟦eror⟧', /"eror" is not a severity; write one of emerg, .*, debug/],
  ['severity:⟦x*⟧', /not a severity/],
  ['severity<=⟦8⟧', /not a severity/],
  ['severity<=⟦warn*⟧', /star cannot stand behind <=/],
  ['status>=⟦many⟧', /"many" is not a number; write for example status>=500/],
  ['status:⟦>=500⟧', /as in status>=500/],
  ['status>=⟦(⟧1)', /only ":" can stand in front of parentheses/],
  [`⟦${'n'.repeat(300)}:1⟧`, /is no name of a field/],
]

for (const [marked, message] of faulty) {
  test(`refuse ${marked.slice(0, 40)}`, () => {
    const position = marked.indexOf('⟦')
    const length = marked.indexOf('⟧') - position - 1
    const text = marked.replace(/[⟦⟧]/g, '')
    assert.throws(() => parseQuery(text, NOW), { name: 'QueryError', message, position, length })
  })
}

function attempt(text: string): Query | undefined {
  try {
    return parseQuery(text, NOW)
  } catch (error) {
    assert.ok(error instanceof QueryError, String(error))
    const { position, length } = error
    assert.ok(
      position >= 0 && length > 0 && position + length <= text.length,
      `${position}+${length}: ${text}`,
    )
    assert.match(error.message, /^[^\n]{10,200}$/)
    return undefined
  }
}

test('nesting and words are bounded', () => {
  const many = (count: number, word = (n: number) => `a${n}`) =>
    Array.from({ length: count }, (_, n) => word(n)).join(' ')
  assert.deepEqual(attempt(`${'('.repeat(24)}a${')'.repeat(24)}`), words('a'))
  assert.throws(() => parseQuery(`${'('.repeat(25)}a${')'.repeat(25)}`, NOW), /nested too deeply/)
  assert.throws(() => parseQuery(`${'-'.repeat(25)}a`, NOW), /nested too deeply/)
  assert.equal(attempt(many(256))?.kind, 'and')
  assert.throws(() => parseQuery(many(257), NOW), /too many words/)
  assert.throws(() => parseQuery('a.'.repeat(257), NOW), /too many words/)
  const beginning = (n: number) => `${String.fromCharCode(97 + n)}*`
  assert.equal(attempt(many(16, beginning))?.kind, 'and')
  assert.throws(() => parseQuery(many(17, beginning), NOW), /too many words with \*/)
})

test('what is said twice is asked once', () => {
  assert.deepEqual(attempt('a OR a OR a'), words('a'))
  assert.deepEqual(attempt('a b a'), attempt('a b'))
})

test('hostile texts end', () => {
  const units = [
    '(',
    ')',
    '"',
    '-',
    'a:',
    'a: ',
    'a=',
    '=',
    'a!=',
    '\\',
    '*',
    'NOT ',
    'OR ',
    'a OR ',
    'a',
    'a ',
    ' ',
  ]
  units.push('""', '"a"', ':', '<', 'a:(', '-(', 'é', '\u0301', '\ud83d', 'a.', 'a<', 'time>', '\\a')
  for (const unit of units) {
    for (const end of ['', 'a', ')', '"', ':b', ' =b']) attempt(unit.repeat(100_000 / unit.length) + end)
  }
})

const piece = fc.oneof(
  fc.constantFrom('(', ')', '"', '-', '*', '\\', ':', '<', '>', '=', '!', ' ', 'OR', 'AND', 'NOT', ' OR '),
  fc.constantFrom('a', 'host', 'severity', 'err', 'time', '-15m', '2026-11-21', 'status', '500', '10.0.0.7'),
  fc.constantFrom('é', '🤖', '\ud83d', '\u0301', '日本', '\u00a0', '\n'),
  fc.string({ unit: 'binary', maxLength: 3 }),
)

test('whatever is written is understood, or refused with its place', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), pieces => void attempt(pieces.join(''))),
    { numRuns: 5000 },
  )
})

test('parentheses around a query change nothing', () => {
  const check = (pieces: string[]) => {
    const text = pieces.join('')
    const query = attempt(text)
    if (query === undefined || text.trim() === '' || text.endsWith('\\')) return
    assert.deepEqual(parseQuery(`(${text})`, NOW), query)
    assert.deepEqual(parseQuery(`NOT NOT (${text}) AND (${text})`, NOW), simplify(and(query, query)))
  }
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), check), { numRuns: 3000 })
})

const simplified: [query: Query, simple: Query][] = [
  [not(not(words('a'))), words('a')],
  [not(not(not(words('a')))), not(words('a'))],
  [and(and(words('a'), and(words('b'))), words('c')), and(words('a'), words('b'), words('c'))],
  [or(or(words('a')), or(words('b'), words('c'))), or(words('a'), words('b'), words('c'))],
  [and(all, words('a')), words('a')],
  [and(), all],
  [or(), not(all)],
  [or(all, words('a')), all],
  [and(not(not(and(words('a'), words('b')))), words('c')), and(words('a'), words('b'), words('c'))],
]

for (const [query, simple] of simplified) {
  test(`simplify ${JSON.stringify(query)}`, () => assert.deepEqual(simplify(query), simple))
}
