import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCondition, splitArrow } from '../../../src/lib/query/index.ts'

const record = (fields: object, meta: object = {}) => ({ '@meta': { id: 'a', ...meta }, ...fields })

describe('a condition', () => {
  for (const [text, fields, matches] of [
    ['*', {}, true],
    ['severity<=3', { syslog_severity: 'err' }, true],
    ['severity<=3', { syslog_severity: 'info' }, false],
    ['severity<=3', {}, false],
    ['"type=AVC"', { message: 'audit: type=AVC msg' }, true],
    ['subtype=AVC', { message: 'audit: subtype=AVC msg' }, true],
    ['host:web* -failed', { host: 'web1', message: 'fine' }, true],
    ['host:web* -failed', { host: 'web1', message: 'it failed' }, false],
    ['time>=2026-11-21', { '@timestamp': '2026-11-21T00:00:00Z' }, true],
    ['time>=2026-11-21', { '@timestamp': '2026-11-20T23:59:59Z' }, false],
    ['time>=2026-11-21', { time: '2026-11-21T00:00:00Z', '@timestamp': '2026-11-20T23:59:59Z' }, true],
  ] as const)
    test(`${text}: ${JSON.stringify(fields)}`, () => {
      assert.equal(createCondition(text)(record(fields)), matches)
    })

  test('by the time of reception where the record states none, and by none where nobody knows', () => {
    const early = createCondition('time<2026-11-21')
    const late = createCondition('time>=2026-11-21')
    const received = Date.UTC(2026, 10, 21)
    assert.equal(late(record({}, { received })), true)
    assert.equal(early(record({}, { received })), false)
    assert.equal(late(record({})) || early(record({})), false)
  })

  for (const [text, says] of [
    ['', /the condition is empty; write \* for all records/],
    ['severity<=bad', /^"severity<=bad": "bad" is not a severity; .* \(at character 11\)$/],
    ['type=error', /^"type=error": write type:value for the field, or put the text in quotes/],
    ['host:a -(data.account=acme)', /write data.account:value/],
    ['(a', /parenthesis/],
    ['time>-15m', /counted from the start of the daemon; write a date/],
    ['a time<now', /counted from the start of the daemon/],
  ] as const)
    test(`bad: ${text}`, () => {
      assert.throws(() => createCondition(text), { name: 'RangeError', message: says })
    })
})

test('an arrow parts a condition from what is done, unless it is quoted', () => {
  assert.deepEqual(splitArrow('severity<=3 => x'), { condition: 'severity<=3', what: 'x' })
  assert.deepEqual(splitArrow('*=>x => y'), { condition: '*', what: 'x => y' })
  assert.deepEqual(splitArrow('"a => b" => x'), { condition: '"a => b"', what: 'x' })
  assert.deepEqual(splitArrow('a\\"b => x'), { condition: 'a\\"b', what: 'x' })
  assert.deepEqual(splitArrow('=> x'), { condition: '', what: 'x' })
  assert.equal(splitArrow('"a => b"'), undefined)
})
