import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseQuery } from '../../src/lib/query/parse.ts'
import { canAsk, clause, not, only, says, without } from '../../src/web/lib/query-edit.ts'

const ONLY: [query: string, field: string, value: string, becomes: string][] = [
  ['', 'host', 'web1', 'host:web1'],
  ['failed', 'host', 'web1', 'failed host:web1'],
  ['failed  ', 'program', 'my app', 'failed program:"my app"'],
  ['host:web1', 'host', 'web1', 'host:web1'],
  ['host:"WEB1"', 'host', 'web1', 'host:"WEB1"'],
  ['-host:web1 failed', 'host', 'web1', 'failed host:web1'],
  ['NOT host:web1', 'host', 'web1', 'host:web1'],
  ['syslog_program:sshd', 'program', 'sshd', 'syslog_program:sshd'],
  ['a OR b', 'host', 'web1', '(a OR b) host:web1'],
  ['(a OR b) c', 'host', 'web1', '(a OR b) c host:web1'],
  ['"a OR b"', 'host', 'web1', '"a OR b" host:web1'],
  ['host:(a OR b)', 'host', 'a', 'host:(a OR b) host:a'],
  ['', 'path', 'say "hi" \\ there', 'path:"say \\"hi\\" \\\\ there"'],
  ['', 'host', 'web*', 'host:"web*"'],
  ['', 'host', '-web', 'host:"-web"'],
  ['', 'host', 'OR', 'host:"OR"'],
  ['', 'host', '::1', 'host:"::1"'],
  ['', 'host', '', 'host:""'],
  ['', 'severity', 'weird', 'severity:"weird"'],
  ['', 'a b:c', 'x', 'a\\ b\\:c:x'],
  ['', '1st', 'x', '\\1st:x'],
  ['', 'message', 'first line\nsecond', 'message:"first line"*'],
]

test('only this', () => {
  for (const [query, field, value, becomes] of ONLY) assert.equal(only(query, field, value), becomes)
})

test('not this', () => {
  assert.equal(not('', 'host', 'web1'), '-host:web1')
  assert.equal(not('host:web1 failed', 'host', 'web1'), 'failed -host:web1')
  assert.equal(not('a OR b', 'host', 'web1'), '(a OR b) -host:web1')
  assert.equal(not('-host:web1', 'host', 'web1'), '-host:web1')
})

test('a clause is taken away again', () => {
  assert.equal(without('a host:"my host" b', 'host', 'my host', false), 'a b')
  assert.equal(without('a -host:x', 'host', 'x', false), 'a -host:x')
  assert.equal(without('a -host:x', 'host', 'x', true), 'a')
  // Then it says something about some records only.
  assert.equal(without('a OR host:x', 'host', 'x', false), 'a OR host:x')
  assert.equal(says('host:x* a', 'host', 'x', false), false)
})

test('the parser of the store reads any clause as this field and this value', () => {
  const names = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(names, fc.string({ unit: 'binary', maxLength: 40 }), (name, value) => {
      const field = `x${name}`
      fc.pre(canAsk(field, value) && !/[\r\n]/.test(value))
      assert.deepEqual(parseQuery(clause(field, value), 0), {
        kind: 'is',
        field,
        value: value.toLowerCase(),
        prefix: false,
      })
    }),
  )
})

test('what was made a clause is found again, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (value, negated) => {
      fc.pre(canAsk('user', value))
      const query = (negated ? not : only)('some words', 'user', value)
      assert.ok(says(query, 'user', value, negated), query)
      assert.equal(without(query, 'user', value, negated), 'some words')
    }),
  )
})
