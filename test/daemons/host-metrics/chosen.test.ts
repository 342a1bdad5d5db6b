import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { Chosen } from '../../../src/daemons/host-metrics/chosen.ts'

test('a pattern that matches nothing is told of once, and once more when that changes', () => {
  const said: string[] = []
  const log = pino({ base: null }, { write: line => said.push(JSON.parse(line).msg) })
  const chosen = new Chosen('--mounts', ['/srv/*', '/'], log)
  const look = (...paths: string[]) => [chosen.of(paths, path => path), said.splice(0)]
  const gone = '--mounts /srv/*: nothing of that name is there; it is measured as soon as it is'
  assert.deepEqual(look('/', '/tmp'), [['/'], [gone]])
  assert.deepEqual(look('/', '/tmp'), [['/'], []])
  assert.deepEqual(look('/', '/srv/a'), [['/', '/srv/a'], ['--mounts /srv/*: it is there now']])
  assert.deepEqual(look('/', '/srv/b'), [['/', '/srv/b'], []])
  assert.deepEqual(look('/'), [['/'], [gone]])
})
