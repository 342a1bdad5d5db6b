import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Daemon, filter, sink, source } from '../../../src/lib/daemon.ts'
import { optionsOf } from '../../../src/lib/stage/options.ts'

const SOURCE = source({ summary: '', open: () => async () => {} })
const FILTER = filter({ summary: '', open: () => record => record })
const HOLDER = filter({ summary: '', hold: { records: 7, timeout: '3s' }, open: () => record => record })
const SINK = sink({
  summary: '',
  batch: { bytes: '5MiB', delay: '2s', concurrency: 1 },
  open: () => async () => undefined,
})

test('each shape has the flags that mean something to it', () => {
  const keysOf = (daemon: Daemon) => {
    const { links, buffer } = optionsOf(daemon)
    return Object.keys({ ...links, ...buffer })
  }
  const pulls = ['pullBind', 'pullConnect']
  const pushes = ['pushBind', 'pushConnect']
  const has = (daemon: Daemon, keys: string[]) => keys.every(key => keysOf(daemon).includes(key))
  assert.ok(has(SOURCE, [...pushes, 'whenFull', 'buffer']) && !has(SOURCE, ['pullBind']))
  assert.ok(has(FILTER, [...pulls, ...pushes, 'whenFull']) && !has(FILTER, ['holdRecords']))
  assert.ok(has(HOLDER, ['holdRecords', 'holdTimeout']))
  assert.ok(has(SINK, [...pulls, 'batchBytes']) && !has(SINK, ['pushBind']) && !has(SINK, ['whenFull']))
  for (const daemon of [SOURCE, FILTER, SINK])
    assert.ok(has(daemon, ['maxRecord', 'maxMessage', 'deadLetters', 'insecure']))
})
