import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import type { LogRecord } from '../../../src/lib/record.ts'
import { createFormat } from '../../../src/lib/transport/pretty.ts'

const plain = createFormat(new Writable())
const coloured = createFormat(Object.assign(new Writable(), { hasColors: () => true }))
const record = (fields: object): LogRecord => ({ '@meta': { id: 'x' }, ...fields })

test('one line a record', () => {
  const syslog = record({
    '@timestamp': '2026-10-11T22:14:15.000Z',
    timestamp: 'Oct 11 22:14:15',
    syslog_priority: 34,
    syslog_facility: 'auth',
    syslog_severity: 'crit',
    host: 'web1',
    syslog_program: 'sshd',
    syslog_pid: '42',
    message: 'Failed password',
    user: 'root',
    n: 7,
  })
  const table: [LogRecord, string][] = [
    [syslog, '2026-10-11T22:14:15.000Z web1 sshd[42] auth.crit Failed password user=root n=7'],
    [record({ message: 'just text' }), 'just text'],
    [{ '@meta': { id: 'x', received: 0 }, message: 'm' }, '1970-01-01T00:00:00.000Z m'],
    [record({ message: { a: 1 }, list: [1, 'x'] }), '{"a":1} list=[1,"x"]'],
    [record({ message: '' }), ''],
    [record({ host: 'h', none: undefined, nil: null }), 'h none= nil=null'],
  ]
  for (const [one, line] of table) assert.equal(plain([one]), `${line}\n`)
  assert.equal(plain([]), '')
  assert.equal(plain([record({ message: 'a' }), record({ message: 'b' })]), 'a\nb\n')
})

test('colours only where the terminal has them', () => {
  const error = record({ syslog_severity: 'err', message: 'm', n: 1 })
  assert.equal(coloured([error]), '\u001b[31merr\u001b[0m m \u001b[90mn=1\u001b[0m\n')
  assert.equal(plain([error]), 'err m n=1\n')
  assert.equal(coloured([record({ syslog_severity: 'info' })]), 'info\n')
})

test('bug: a severity by the name of what every object inherits was a colour', () => {
  for (const severity of ['constructor', 'toString', '__proto__'])
    assert.equal(coloured([record({ syslog_severity: severity })]), `${severity}\n`)
})

test('bug: what no Date or JSON can hold ended all output', () => {
  const cycle = record({ n: 5n })
  cycle.self = cycle
  const odd = [
    cycle,
    record({ f: () => 1, s: Symbol('s') }),
    { '@meta': { id: 'x', received: 1e300 }, message: 'm' },
  ]
  for (const one of [...odd, { message: 'no meta' } as unknown as LogRecord])
    assert.match(plain([one]), /^[^\n]+\n$/)
})

test('whatever a record holds, it moves no cursor and stays on its line', () => {
  const hostile = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\u001b[2J', '\r', '\n', '\u009b', '\u202e', '\u2028', '\u061c', '\0'),
      fc.string({ maxLength: 1 }),
    ),
  })
  const name = fc.oneof(
    hostile,
    fc.constantFrom('message', 'host', 'syslog_program', 'syslog_pid', 'syslog_severity', '@timestamp'),
  )
  fc.assert(
    fc.property(
      fc.dictionary(name, fc.oneof(hostile, fc.array(hostile), fc.dictionary(hostile, hostile))),
      fields => {
        const line = plain([record(fields)])
        assert.match(line, /^[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*\n$/u)
        assert.equal(stripVTControlCharacters(coloured([record(fields)])), line)
      },
    ),
  )
})
