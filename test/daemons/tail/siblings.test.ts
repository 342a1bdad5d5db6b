import assert from 'node:assert/strict'
import { rmSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { keyOf } from '../../../src/daemons/tail/origin.ts'
import { Siblings } from '../../../src/daemons/tail/siblings.ts'
import { LogFolder } from './folder.ts'

test('finds a file by its inode among those of its family', t => {
  const logs = new LogFolder(t)
  for (const name of ['app.log', 'app.log.2.gz', 'app-20261122.log', 'app.log.bak', 'other.log'])
    logs.write(name, name)
  const siblings = new Siblings()
  const key = (name: string) => keyOf(statSync(logs.at(name), { bigint: true }))
  assert.equal(siblings.of(logs.at('app.log.1')).length, 4)
  assert.deepEqual(siblings.find(logs.at('app.log'), key('app.log.2.gz')), { path: logs.at('app.log.2.gz') })
  assert.equal(siblings.find(logs.at('app.log'), key('other.log')).path, undefined)
  const gone = key('app.log.bak')
  rmSync(logs.at('app.log.bak'))
  assert.equal(siblings.find(logs.at('app.log'), gone).path, undefined)
})

test('bug: what was renamed after the folder was looked through counted as gone', t => {
  const logs = new LogFolder(t)
  logs.write('app.log', 'app')
  let now = 0
  const siblings = new Siblings(() => ++now)
  const key = keyOf(statSync(logs.at('app.log'), { bigint: true }))
  siblings.of(logs.at('app.log'))
  logs.rename('app.log', 'app.log.1')
  const missed = now
  const { path, again } = siblings.find(logs.at('app.log'), key, missed)
  assert.equal(path, undefined)
  now += again!
  assert.equal(siblings.find(logs.at('app.log'), key, missed).path, logs.at('app.log.1'))
  rmSync(logs.at('app.log.1'))
  assert.deepEqual(siblings.find(logs.at('app.log.1'), key, missed), {}, 'looked through since it was missed')
})

test('thousands of files of one family that are gone do not have it looked through thousands of times', t => {
  const logs = new LogFolder(t)
  const names = Array.from({ length: 2_000 }, (_, n) => `app.log.${n}`)
  for (const name of names) logs.write(name, '')
  const siblings = new Siblings()
  const first = siblings.of(logs.at('app.log'))
  // Of what is found out in two milliseconds nothing is asked anew within twenty.
  for (const name of names) siblings.find(logs.at(name), 'none')
  assert.ok(siblings.of(logs.at('app.log')) === first)
})
