import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  canonicalName,
  hasField,
  SEVERITY_WORDS,
  severityRank,
  valuesOf,
} from '../../../src/lib/query/fields.ts'
import { createParse } from '../../../src/lib/syslog/parse.ts'
import { SEVERITIES } from '../../../src/lib/syslog/priority.ts'
import { SCHEMAS } from '../../../src/lib/syslog/schema.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const names: [written: string, canonical: string][] = [
  ['program', 'program'],
  ['syslog_program', 'program'],
  ['process.name', 'program'],
  ['log.syslog.appname', 'program'],
  ['level', 'severity'],
  ['log.level', 'severity'],
  ['hostname', 'host'],
  ['host.name', 'host'],
  ['@timestamp', 'time'],
  ['user.name', 'user.name'],
  ['host.ip', 'host.ip'],
  ['constructor', 'constructor'],
]

for (const [written, canonical] of names) {
  test(`${written} is ${canonical}`, () => assert.equal(canonicalName(written), canonical))
}

test('the same names find the same in both schemas', () => {
  const message = createParse(createZone('UTC'))('<34>1 2026-11-21T08:00:00Z web1 sshd 42 AUTH - failed', 0)
  for (const schema of Object.values(SCHEMAS)) {
    const record = {}
    schema(record, message, '2026-11-21T08:00:00.000Z')
    const found = Object.fromEntries(
      ['severity', 'facility', 'host', 'program', 'msgid', 'message'].map(name => [
        name,
        valuesOf(record, name),
      ]),
    )
    assert.deepEqual(found, {
      severity: ['crit'],
      facility: ['auth'],
      host: ['web1'],
      program: ['sshd'],
      msgid: ['AUTH'],
      message: ['failed'],
    })
    assert.deepEqual(new Set(valuesOf(record, 'pid').map(String)), new Set(['42']))
  }
})

const values: [record: object, field: string, values: unknown[]][] = [
  [{ a: 1 }, 'a', [1]],
  [{ a: { b: 'x' } }, 'a.b', ['x']],
  [{ 'a.b': 'x', a: { b: 'y' } }, 'a.b', ['x', 'y']],
  [{ a: { 'b.c': 'x' }, 'a.b': { c: 'y' } }, 'a.b.c', ['x', 'y']],
  [{ structured_data: { 'ex@1.2': { k: 'v' } } }, 'structured_data.ex@1.2.k', ['v']],
  [{ a: ['x', ['y', 'x'], null, { b: 'z' }] }, 'a', ['x', 'y']],
  [{ a: [{ b: 'x' }, { b: ['y'] }, 'z', [{ b: false }]] }, 'a.b', ['x', 'y', false]],
  [{ a: ['x', { b: 'y' }, ['z']] }, 'a.0', ['x']],
  [{ a: ['x', { b: 'y' }, ['z']] }, 'a.1.b', ['y']],
  [{ a: ['x', { b: 'y' }, ['z']] }, 'a.2.0', ['z']],
  [{ a: ['x'] }, 'a.1', []],
  [{ a: { b: 1 } }, 'a', []],
  [{ a: null }, 'a', []],
  [{ host: { name: 'h', ip: 'i' } }, 'host', ['h']],
  [{ syslog_program: 'p', app: 'q' }, 'program', ['p', 'q']],
  [{}, 'constructor', []],
  [{}, 'constructor.name', []],
  [{ a: [] }, 'a.length', []],
  [{ a: 'text' }, 'a.length', []],
  [JSON.parse('{"__proto__":{"a":"own"}}'), '__proto__.a', ['own']],
  [
    { n: (JSON as unknown as { rawJSON(text: string): object }).rawJSON('12345678901234567890') },
    'n',
    ['12345678901234567890'],
  ],
]

for (const [record, field, found] of values) {
  test(`${field} of ${JSON.stringify(record)}`, () => {
    assert.deepEqual(valuesOf(record, field), found)
    if (found.length > 0) assert.equal(hasField(record, field), true)
  })
}

test('a field is there when anything is in it', () => {
  assert.equal(hasField({ a: { b: [{ c: false }] } }, 'a'), true)
  assert.equal(hasField({ a: { b: [{ c: null }] } }, 'a'), false)
  assert.equal(hasField({ b: 1 }, 'a'), false)
})

test('cycles, deep lists and long names end', () => {
  const cycle: { [key: string]: unknown } = { a: ['x'] }
  ;(cycle.a as unknown[]).push(cycle.a, cycle.a, cycle)
  assert.deepEqual(valuesOf(cycle, 'a'), ['x'])
  assert.deepEqual(valuesOf(cycle, 'a.a.a'), ['x'])
  let deep: unknown[] = []
  for (let i = 0; i < 100_000; i++) deep = [deep]
  assert.deepEqual(valuesOf({ deep }, 'deep'), [])
  assert.equal(hasField({ deep }, 'deep'), false)
  assert.deepEqual(valuesOf(cycle, 'a.'.repeat(500)), [])
})

const ranks: [word: string | number, rank: number | undefined][] = [
  ...SEVERITY_WORDS.map((word, rank): [string, number] => [word, rank]),
  [0, 0],
  ['7', 7],
  ['8', undefined],
  [-1, undefined],
  [1.5, undefined],
  ['', undefined],
  ['PANIC', 0],
  ['emergency', 0],
  ['Critical', 2],
  ['ERROR', 3],
  ['warn', 4],
  ['information', 6],
  ['informational', 6],
  ['constructor', undefined],
]

for (const [word, rank] of ranks) {
  test(`severity ${JSON.stringify(word)} is ${rank}`, () => assert.equal(severityRank(word), rank))
}

test('severities are those of the parser', () => assert.deepEqual(SEVERITY_WORDS, SEVERITIES))
