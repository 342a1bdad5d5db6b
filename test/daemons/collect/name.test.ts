import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isName } from '../../../src/daemons/collect/name.ts'

for (const name of [
  'a',
  'shop.example',
  'Zoë',
  '日本',
  '😀',
  'a b',
  'x'.repeat(200),
  '...',
  '-',
  '%2f',
  '{a}',
])
  test(`a name: ${JSON.stringify(name).slice(0, 30)}`, () => assert.equal(isName(name), true))

for (const other of [
  ...['', '.', '..', 'a/b', 'a\\b', 'a\n', '\0', '\x7f', '\u0085', 'a\u2028b', '\u2029', '\ufffd', '\ud800'],
  ...['x'.repeat(201), undefined, null, 7, true, {}, ['a']],
])
  test(`none: ${String(JSON.stringify(other)).slice(0, 30)}`, () => assert.equal(isName(other), false))
