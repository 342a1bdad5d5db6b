import assert from 'node:assert/strict'
import type { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { allowedName, namesOf } from '../../../src/lib/tls/client-name.ts'

const names: [what: string, alternative: string | undefined, subject: string, names: string[]][] = [
  [
    'host names of subjectAltName',
    'DNS:A.example, IP Address:10.0.0.1, DNS:b.example',
    'CN=c',
    ['a.example', 'b.example'],
  ],
  ['without one, the common name', undefined, 'O=Sluice\nCN=Web1.example', ['web1.example']],
  ['also when it has no host names', 'IP Address:10.0.0.1', 'CN=web1', ['web1']],
  ['no name at all', undefined, 'O=Sluice', []],
  ['a name in quotes hides another one', 'DNS:"a.example\\u002c DNS:admin.example", DNS:b', 'CN=c', ['b']],
]
for (const [what, subjectAltName, subject, expected] of names)
  test(what, () => assert.deepEqual(namesOf({ subjectAltName, subject } as X509Certificate), expected))

const allowed: [name: string, pattern: string, is: boolean][] = [
  ['a.example', 'a.example', true],
  ['a.example', 'A.Example', true],
  ['a.example', '*.example', true],
  ['b.a.example', '*.example', true],
  ['example', '*.example', false],
  ['.example', '*.example', false],
  ['badexample', '*.example', false],
  ['a.example', 'b.example', false],
]
for (const [name, pattern, is] of allowed)
  test(`${name} ${is ? 'is' : 'is not'} ${pattern}`, () =>
    assert.equal(allowedName([name], [pattern]) !== undefined, is))

test('the name is the one that is allowed, not the first one of the certificate', () => {
  assert.equal(allowedName(['a.example', 'b.example.com'], ['c.example', '*.Example.com']), 'b.example.com')
})
