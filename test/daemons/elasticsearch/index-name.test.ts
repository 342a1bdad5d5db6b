import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileIndexName, indexPattern } from '../../../src/daemons/elasticsearch/index-name.ts'
import type { LogRecord } from '../../../src/lib/index.ts'

function nameOf(pattern: string, fields: object, received = Date.UTC(2026, 0, 2)): string {
  const compiled = compileIndexName(pattern)
  assert.ok(typeof compiled === 'function')
  return compiled({ '@meta': { id: 'x', received }, ...fields } as LogRecord)
}

test('a name without parts is that name', () => {
  assert.equal(compileIndexName('logs'), 'logs')
  assert.equal(indexPattern('logs'), 'logs')
  assert.equal(indexPattern('logs-%Y.%m.%d'), 'logs-*.*.*')
})

test('the parts are those of the event, in UTC', () => {
  const names: [fields: object, name: string][] = [
    [{ '@timestamp': '2026-02-28T23:59:59.999Z' }, 'logs-2026.02.28-23'],
    [{ '@timestamp': '2026-03-01T00:30:00+02:00' }, 'logs-2026.02.28-22'],
    [{ '@timestamp': Date.UTC(2026, 4, 6, 7) }, 'logs-2026.05.06-07'],
    [{ '@timestamp': 'yesterday' }, 'logs-2026.01.02-00'],
    [{ '@timestamp': '+123456-01-01T00:00:00Z' }, 'logs-2026.01.02-00'],
    [{ '@timestamp': null }, 'logs-2026.01.02-00'],
    [{}, 'logs-2026.01.02-00'],
  ]
  for (const [fields, name] of names) assert.equal(nameOf('logs-%Y.%m.%d-%H', fields), name)
})

test('what cannot be an index is refused', () => {
  for (const name of [
    '',
    'Logs',
    '-logs',
    '_logs',
    '+x',
    'a b',
    'a,b',
    'a*',
    'a"b',
    'x'.repeat(201),
    'a#b',
    'a:b',
  ]) {
    assert.throws(() => compileIndexName(name), RangeError, name)
  }
  assert.throws(() => compileIndexName('logs-%q'), /%q is not known; there are %Y, %m, %d and %H/)
})
