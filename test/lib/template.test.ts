import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileTemplate } from '../../src/lib/template.ts'

const record = {
  '@meta': { id: 'a', peer: '127.0.0.1:9' },
  host: 'web1',
  syslog_severity: 'err',
  message: 'hello {world}',
  count: 0,
  none: null,
  data: { account: 'acme', 'dotted.key': 1, list: [1, 'a'] },
  'a.b': 'own',
  users: [{ name: 'ann' }, { name: 'bob' }],
  'both.x': null,
  both: { x: 'nested' },
  'c.d': 'flat',
  c: { d: 'nested' },
}

const cases: [template: string, text: string][] = [
  ['{host}: {message}', 'web1: hello {world}'],
  ['{data.account}/{data.dotted.key}/{a.b}', 'acme/1/own'],
  ['{@meta.peer} {count}', '127.0.0.1:9 0'],
  ['{severity}', 'err'],
  ['{account} {account:-none}', 'acme acme'],
  ['{data.list.1} {users.name} {users.1.name}', 'a ann bob'],
  ['{both.x} {c.d}', 'nested flat'],
  ['{nothing:-none at all} {none:-}', 'none at all '],
  ['{data}', '{"account":"acme","dotted.key":1,"list":[1,"a"]}'],
  ['{{{host}}}', '{web1}'],
  ['{constructor}{__proto__}{data.toString}', ''],
  ['', ''],
]
for (const [template, text] of cases) {
  test(template || 'nothing', () => assert.equal(compileTemplate(template)(record), text))
}

test('one of the names that mean the same in all records is found in either schema', () => {
  const fill = compileTemplate('{host} {program}[{pid}] {severity}')
  const log = { syslog: { severity: { code: 3, name: 'err' } } }
  assert.equal(
    fill({ host: { hostname: 'web1', name: 'web1' }, process: { name: 'sshd', pid: 42 }, log }),
    'web1 sshd[42] err',
  )
  assert.equal(
    fill({ host: 'web1', syslog_program: 'sshd', syslog_pid: '42', syslog_severity: 'err' }),
    'web1 sshd[42] err',
  )
})

for (const [template, message] of [
  ['{host', /^\{host: a field is \{name\}; for a brace itself write \{\{ or \}\}$/],
  ['host}', /^host\}: a field is/],
  ['{}', /^\{\}: there is no name between the braces$/],
  ['{:-x}', /there is no name/],
] as const)
  test(`${template} is wrong`, () => {
    assert.throws(() => compileTemplate(template), { name: 'RangeError', message })
  })
