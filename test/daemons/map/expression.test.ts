import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createExpression } from '../../../src/daemons/map/expression.ts'

const { rawJSON } = JSON as unknown as { rawJSON(text: string): object }
const RECORD = {
  '@meta': { id: 'a', peer: '192.0.2.7:514' },
  '@timestamp': '2026-11-21T08:00:00Z',
  host: 'web1',
  status: 502,
  took: 1.5,
  user: { name: 'Ann', roles: ['a', 'b'] },
  bytes: 2048,
  big: rawJSON('12345678901234567890'),
  nothing: null,
}

describe('an expression', () => {
  for (const [text, value] of [
    ['host + ":" + string(status)', 'web1:502'],
    ['status >= 500 ? "error" : "ok"', 'error'],
    ['status + 1', 503],
    ['1 + status', 503],
    ['status % 100', 2],
    ['status % took', 1],
    ['int(status) / 100', 5],
    ['took * 1000', 1500],
    ['record.bytes / 1024', 2],
    ['user.name.lowerAscii()', 'ann'],
    ['user.roles.exists(role, role == "b")', true],
    ['user.roles.filter(role, role != "a")', ['b']],
    ['user.roles.join("+")', 'a+b'],
    ['"a" in user.roles', true],
    ['has(user.mail)', false],
    ['user.?mail.orValue("none")', 'none'],
    ['record.?gone.orValue("none")', 'none'],
    ['record["@timestamp"]', '2026-11-21T08:00:00Z'],
    ['record["@meta"].peer', '192.0.2.7:514'],
    ['timestamp(record["@timestamp"]) - duration("1h")', '2026-11-21T07:00:00.000Z'],
    ['b"abc"', 'YWJj'],
    ['{"a": [1, host, {"b": null}]}', { a: [1, 'web1', { b: null }] }],
    ['size(host)', 4],
    ['9007199254740993', rawJSON('9007199254740993')],
    ['big', RECORD.big],
    ['nothing', null],
    ['user', RECORD.user],
    ['host.contains("eb") && host.startsWith("w")', true],
  ] as const)
    test(text, () => {
      assert.deepEqual(createExpression(text)(RECORD), value)
    })

  for (const text of [
    'gone',
    'user.gone',
    'gone.deeper',
    'host + status',
    'status / 0',
    'status % 0',
    'constructor',
    'record.constructor',
    'user.constructor.name',
    'user.__proto__',
    'host.length',
    'duration("1s")',
    'type(host)',
    'user.roles[7]',
    'big + 1',
  ])
    test(`has no value: ${text}`, () => {
      assert.throws(() => {
        createExpression(text)(RECORD)
      })
    })

  test('sees only the record at hand', () => {
    const expression = createExpression('a')
    assert.equal(expression({ '@meta': { id: '1' }, a: 1 }), 1)
    assert.throws(() => expression({ '@meta': { id: '2' } }), /Unknown variable: a/)
  })

  test('a list of a whole record is gone through once', () => {
    const record = { '@meta': { id: '1' }, list: Array.from({ length: 100_000 }, (_, n) => n) }
    assert.equal(createExpression('record.list.filter(n, n >= 99999).size()')(record), 1)
  })
})
