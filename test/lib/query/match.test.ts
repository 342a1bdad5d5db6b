import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Operator, Query } from '../../../src/lib/query/ast.ts'
import { createMatcher, fold, parseQuery, simplify, textOf } from '../../../src/lib/query/index.ts'

const NOW = Date.UTC(2026, 10, 21, 8)

const classic = {
  '@meta': { id: 'x', peer: '10.0.0.7:514' },
  '@timestamp': '2026-11-21T07:50:00.000Z',
  syslog_facility: 'auth',
  syslog_severity: 'warning',
  host: 'Web1',
  syslog_program: 'my app',
  syslog_pid: '42',
  structured_data: { origin: { ip: ['192.0.2.1', '192.0.2.2'] } },
  message: 'Failed password for root; échec, status=503',
  status: 503,
  user: { name: 'Alice', tags: ['x', 'admin'] },
}
const ecs = {
  '@timestamp': '2026-11-21T07:50:00.000Z',
  log: { syslog: { severity: { code: 4, name: 'warning' }, facility: { code: 4, name: 'auth' } } },
  host: { name: 'Web1', hostname: 'Web1' },
  process: { name: 'my app', pid: 42 },
  message: 'Failed password for root',
}

const found = [
  ...[
    '',
    '*',
    'failed',
    'FAILED password',
    '"failed password"',
    'pass*',
    '"failed pass"*',
    'refused OR root',
  ],
  ...['-refused', '(failed OR refused) -admin2', 'host:web1', 'host:WEB*', 'host:(web2 OR web1)', 'host:*'],
  ...['program:"my app"', 'process.name:"my app"', 'severity:4', 'severity:warn', 'severity<=warning'],
  ...[
    'severity>err',
    '-severity<=err',
    'facility:auth',
    'pid:42',
    'pid>=42',
    'pid<43',
    'message:"failed password"*',
  ],
  ...['time<-5m', 'time>=-10m time<=-10m', 'time:*', '-time>-10m', '-nothing:*', '-status:200'],
]
for (const text of found) {
  test(`found: ${text}`, () => {
    assert.equal(matches(text, classic), true)
    assert.equal(matches(text, ecs), true)
  })
}

const foundInClassic = [
  ...[
    'echec',
    'ÉCHEC',
    'status:503',
    'status>=500 status<600',
    'status=503',
    'user.name:alice',
    'user.tags:admin',
  ],
  ...[
    'structured_data.origin.ip:192.0.2.2',
    'structured_data.origin.ip:*',
    'structured_data:*',
    '"10.0.0.7"',
  ],
  ...['192.0.2.1', '@meta.peer:10.0.0.7*', 'alice admin'],
]
for (const text of foundInClassic) {
  test(`found in one of two: ${text}`, () => {
    assert.equal(matches(text, classic), true)
    assert.equal(matches(text, ecs), false)
  })
}

const missed = [
  ...[
    '-*',
    'refused',
    '"password failed"',
    'ass*',
    '"failed pas"',
    '-failed',
    'failed -root',
    'host:web',
    'host:web1x',
  ],
  ...[
    'severity<warning',
    'severity:3',
    'status>=504',
    'user:alice',
    'host>1',
    'time>=-5m',
    'nothing:*',
    'NOT *',
  ],
  ...['20261121', 'syslog_facility', 'constructor:*', 'user.tags.length:2'],
]
for (const text of missed) {
  test(`missed: ${text}`, () => {
    assert.equal(matches(text, classic), false)
    assert.equal(matches(text, ecs), false)
  })
}

function matches(text: string, record: object): boolean {
  return createMatcher(parseQuery(text, NOW))(record, NOW - 600_000)
}

test('a record is folded at most once, and only when words are asked for', () => {
  let read = 0
  const record = Object.defineProperty({ host: 'web1' }, 'message', {
    enumerable: true,
    get: () => {
      read++
      return 'failed'
    },
  })
  assert.equal(createMatcher(parseQuery('host:web1 OR failed', NOW))(record, NOW), true)
  assert.equal(read, 0)
  assert.equal(createMatcher(parseQuery('failed fail* "failed web1" -refused', NOW))(record, NOW), true)
  assert.equal(read, 1)
})

const term = fc.constantFrom('a', 'b', 'c', 'ab')
const value = fc.oneof(term, fc.integer({ min: 0, max: 9 }), fc.boolean(), fc.constant(null))
const field = fc.constantFrom('a', 'b', 'host')
const record = fc.record({
  message: fc.array(term, { maxLength: 4 }).map(list => list.join(' ')),
  a: fc.oneof(value, fc.array(value, { maxLength: 3 })),
  b: value,
  host: term,
  syslog_severity: fc.constantFrom('err', 'info', 'debug', 'odd'),
})
const operator = fc.constantFrom<Operator>('<', '<=', '=', '>=', '>')
const { query } = fc.letrec<{ query: Query }>(tie => ({
  query: fc.oneof(
    { maxDepth: 4 },
    fc.constant<Query>({ kind: 'all' }),
    fc.record<Query & { kind: 'words' }>({
      kind: fc.constant('words'),
      words: fc.array(term, { minLength: 1, maxLength: 3 }),
      prefix: fc.boolean(),
    }),
    fc.record<Query & { kind: 'is' }>({ kind: fc.constant('is'), field, value: term, prefix: fc.boolean() }),
    fc.record<Query & { kind: 'has' }>({ kind: fc.constant('has'), field }),
    fc.record<Query & { kind: 'rank' }>({ kind: fc.constant('rank'), operator, rank: fc.nat(7) }),
    fc.record<Query & { kind: 'number' }>({ kind: fc.constant('number'), field, operator, value: fc.nat(9) }),
    fc.record<Query & { kind: 'time' }>({ kind: fc.constant('time'), operator, at: fc.nat(3) }),
    fc.record<Query & { kind: 'not' }>({ kind: fc.constant('not'), part: tie('query') }),
    fc.record<Query & { kind: 'and' }>({
      kind: fc.constant('and'),
      parts: fc.array(tie('query'), { maxLength: 3 }),
    }),
    fc.record<Query & { kind: 'or' }>({
      kind: fc.constant('or'),
      parts: fc.array(tie('query'), { maxLength: 3 }),
    }),
  ),
}))

type Sample = { [name: string]: unknown }
const ranks: { [word: string]: number } = { err: 3, info: 6, debug: 7 }

/** The meaning of a query, as plainly as it can be said. */
function model(asked: Query, sample: Sample, time: number): boolean {
  const valuesAt = (name: string) => [sample[name]].flat().filter(one => one !== null)
  const inRange = (left: unknown, { operator, right }: { operator: Operator; right: number }) =>
    typeof left === 'number' &&
    ((left < right && operator.startsWith('<')) ||
      (left > right && operator.startsWith('>')) ||
      (left === right && operator.endsWith('=')))
  switch (asked.kind) {
    case 'all':
      return true
    case 'and':
      return asked.parts.every(part => model(part, sample, time))
    case 'or':
      return asked.parts.some(part => model(part, sample, time))
    case 'not':
      return !model(asked.part, sample, time)
    case 'words': {
      const all = fold(textOf(sample))
      const last = asked.words.length - 1
      return all.some((_, at) =>
        asked.words.every((word, i) =>
          i === last && asked.prefix ? all[at + i]?.startsWith(word) : all[at + i] === word,
        ),
      )
    }
    case 'is':
      return valuesAt(asked.field).some(one =>
        asked.prefix ? String(one).startsWith(asked.value) : String(one) === asked.value,
      )
    case 'has':
      return valuesAt(asked.field).length > 0
    case 'rank':
      return inRange(ranks[sample.syslog_severity as string], { ...asked, right: asked.rank })
    case 'number':
      return valuesAt(asked.field).some(one => inRange(one, { ...asked, right: asked.value }))
    case 'time':
      return inRange(time, { ...asked, right: asked.at })
  }
}

test('the matcher does what a plain model does, simplified or not', () => {
  const check = (asked: Query, sample: Sample, time: number) => {
    const expected = model(asked, sample, time)
    assert.equal(createMatcher(asked)(sample, time), expected)
    assert.equal(createMatcher(simplify(asked))(sample, time), expected)
  }
  fc.assert(fc.property(query, record, fc.nat(3), check), { numRuns: 3000 })
})

test('AND, OR and NOT keep their laws', () => {
  const check = (a: Query, b: Query, sample: Sample) => {
    const is = (asked: Query) => createMatcher(asked)(sample, 1)
    const not = (part: Query): Query => ({ kind: 'not', part })
    assert.equal(is({ kind: 'and', parts: [a, b] }), is({ kind: 'and', parts: [b, a] }))
    assert.equal(is({ kind: 'or', parts: [a, b] }), is(not({ kind: 'and', parts: [not(a), not(b)] })))
    assert.equal(is({ kind: 'and', parts: [a, not(a)] }), false)
    assert.equal(is({ kind: 'or', parts: [a, not(a)] }), true)
  }
  fc.assert(fc.property(query, query, record, check), { numRuns: 1000 })
})

test('of a message, a field asks for words in it', () => {
  const record = { '@meta': { id: 'a' }, message: 'Failed password for Bob', user: 'alice' }
  const finds = (query: string) => createMatcher(parseQuery(query, 0))(record, 0)
  for (const query of [
    'message:failed',
    'message:"PASSWORD for"',
    'message:pass*',
    '-message:alice',
    'alice',
  ])
    assert.ok(finds(query), query)
  for (const query of ['message:alice', 'message:"failed for"', 'message:pass'])
    assert.ok(!finds(query), query)
})
