import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entryRecord } from '../../../src/daemons/journal/record.ts'

const CURSOR = `s=${'a'.repeat(32)};i=1;b=x;m=1;t=1;x=1`
const ADDRESS = { __CURSOR: CURSOR, __REALTIME_TIMESTAMP: '1700000000123456', __MONOTONIC_TIMESTAMP: '5' }
const options = { schema: 'classic', keeps: () => true, mint: () => 'minted' } as const

function made(entry: object, changed: object = {}) {
  const { '@meta': meta, ...fields } = entryRecord({ ...ADDRESS, ...entry }, { ...options, ...changed })
  return { meta, fields }
}

const SYSLOG = {
  ...{ MESSAGE: 'hello', PRIORITY: '3', SYSLOG_FACILITY: '4', SYSLOG_IDENTIFIER: 'sshd', SYSLOG_PID: '42' },
  ...{ _HOSTNAME: 'web1', _PID: '41', _COMM: 'sshd-session' },
}

test('what is syslog has the names that it has everywhere', () => {
  const { meta, fields } = made(SYSLOG)
  assert.equal(meta.id.length, 26)
  assert.equal(meta.received, 1_700_000_000_123)
  assert.deepEqual(fields, {
    '@timestamp': '2023-11-14T22:13:20.123456Z',
    syslog_priority: 35,
    syslog_facility: 'auth',
    syslog_severity: 'err',
    host: 'web1',
    syslog_program: 'sshd',
    syslog_pid: '42',
    message: 'hello',
    journal: { _PID: '41', _COMM: 'sshd-session' },
  })
})

test('in the Elastic Common Schema, too', () => {
  const { fields } = made(SYSLOG, { schema: 'ecs' })
  const { log, host, process } = fields as {
    log: { syslog: { severity: object } }
    host: object
    process: object
  }
  assert.deepEqual(log.syslog.severity, { code: 3, name: 'err' })
  assert.deepEqual(host, { hostname: 'web1', name: 'web1' })
  assert.deepEqual(process, { name: 'sshd', pid: 42 })
})

const cases: [name: string, entry: object, expected: object][] = [
  [
    'the time that the sender noted',
    { _SOURCE_REALTIME_TIMESTAMP: '1700000000000001' },
    { '@timestamp': '2023-11-14T22:13:20.000001Z' },
  ],
  ['unless it is none', { _SOURCE_REALTIME_TIMESTAMP: 'x' }, { '@timestamp': '2023-11-14T22:13:20.123456Z' }],
  [
    'no identifier, no pid of syslog',
    { _COMM: 'cat', _PID: '7' },
    { syslog_program: 'cat', syslog_pid: '7' },
  ],
  [
    'a severity without facility',
    { PRIORITY: '6' },
    { syslog_severity: 'info', syslog_facility: undefined, syslog_priority: undefined },
  ],
  [
    'numbers that are none stay as they are',
    { PRIORITY: '8', SYSLOG_FACILITY: 'x' },
    { syslog_severity: undefined, journal: { PRIORITY: '8', SYSLOG_FACILITY: 'x' } },
  ],
  ['no message', { FOO: 'x' }, { message: '', journal: { FOO: 'x' } }],
  [
    'two messages',
    { MESSAGE: ['one', 'two'] },
    { message: 'one\ntwo', journal: { MESSAGE: ['one', 'two'] } },
  ],
  ['a field that comes twice', { FOO: ['1', '2'] }, { journal: { FOO: ['1', '2'] } }],
  ['bytes that are no text', { FOO: [0xe9] }, { journal: { FOO: '\ufffd', FOO_base64: '6Q==' } }],
  [
    'a name that JavaScript knows',
    { constructor: 'x', toString: ['1'] },
    { journal: { constructor: 'x', toString: '1' } },
  ],
]
for (const [name, entry, expected] of cases)
  test(name, () => {
    const { fields } = made(entry)
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(fields[field], value, field)
  })

test('ecs: a severity without facility', () => {
  const { fields } = made({ PRIORITY: '6', SYSLOG_IDENTIFIER: 'a' }, { schema: 'ecs' })
  assert.deepEqual(fields.log, { syslog: { appname: 'a', severity: { code: 6, name: 'info' } } })
})

test('a message that is not UTF-8 keeps its bytes', () => {
  const one = made({ MESSAGE: [0x63, 0xe9] })
  assert.equal(one.fields.message, 'c\ufffd')
  assert.equal(one.meta.bytes, Buffer.from([0x63, 0xe9]).toString('base64'))
  const two = made({ MESSAGE: ['a', [0xe9]] })
  assert.equal(two.meta.bytes, Buffer.from([0x61, 0x0a, 0xe9]).toString('base64'))
})

test('only the fields that are asked for are kept', () => {
  const { fields } = made({ A: '1', B: '2' }, { keeps: (field: string) => field === 'B' })
  assert.deepEqual(fields.journal, { B: '2' })
  assert.ok(!('journal' in made({ A: '1' }, { keeps: () => false }).fields))
})

test('a cursor of another form: a new id', () => {
  assert.equal(made({ __CURSOR: 'x' }).meta.id, 'minted')
})
