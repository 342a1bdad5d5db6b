import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Metric } from '../../../src/lib/admin/metric.ts'
import { metricDescriptions, readMetrics } from '../../../src/lib/admin/metrics.ts'
import { filter } from '../../../src/lib/daemon.ts'
import { integer } from '../../../src/lib/options.ts'
import { drive } from '../../support/drive.ts'

const daemon = filter({
  summary: 'Split, drop and refuse',
  options: { parts: integer('', '3') },
  counters: { seen: 'Records' },
  open:
    ({ parts }, { count, drop, reject }) =>
    record => {
      count('seen')
      if (record.message === 'drop') return drop(record, 'sampled')
      if (record.message === 'reject') return reject(record, 'bad')
      return Array.from({ length: parts }, (_, n) => ({ n }))
    },
})

const samplesOf = (metrics: readonly Metric[], name: string) =>
  metrics.find(metric => metric.name === name)!.samples.map(({ labels, value }) => [labels, value])

test('metrics are read from what is counted anyway', async () => {
  await using driven = await drive(daemon, '--buffer', '1MiB')
  await driven.push(['a', 'drop', 'reject'])
  const metrics = readMetrics([driven.stage], true)
  const stage = 'test'
  assert.deepEqual(samplesOf(metrics, 'sluice_records_in_total'), [[{ stage }, 3]])
  assert.deepEqual(samplesOf(metrics, 'sluice_records_made_total'), [[{ stage }, 2]])
  assert.deepEqual(samplesOf(metrics, 'sluice_records_held'), [[{ stage }, 0]])
  assert.deepEqual(samplesOf(metrics, 'sluice_buffer_bytes'), [[{ stage }, 0]])
  assert.deepEqual(samplesOf(metrics, 'sluice_buffer_limit_bytes'), [[{ stage }, 2 ** 20]])
  const out = samplesOf(metrics, 'sluice_records_out_total')
  assert.deepEqual(
    new Map(out.map(([labels, value]) => [JSON.stringify(labels), value])),
    new Map([
      [JSON.stringify({ stage, outcome: 'dropped', reason: 'sampled' }), 1],
      [JSON.stringify({ stage, outcome: 'dead' }), 1],
      [JSON.stringify({ stage, outcome: 'sent' }), 3],
    ]),
  )
  assert.ok(
    samplesOf(metrics, 'sluice_events_total').some(([labels, value]) => {
      return (labels as { event: string }).event === 'seen' && value === 3
    }),
  )
  assert.deepEqual(samplesOf(metrics, 'sluice_ready'), [[{}, 1]])
  assert.deepEqual(samplesOf(readMetrics([], false), 'sluice_ready'), [[{}, 0]])
})

test('every metric has a name, a help and at least the samples of the process', () => {
  for (const metric of readMetrics([], true)) {
    assert.match(metric.name, /^(sluice|process)_[a-z_]+$/)
    assert.equal(metric.type === 'counter', metric.name.endsWith('_total'))
    assert.ok(metric.help)
  }
})

test('what is described is what is read, and is written down', () => {
  const names = metricDescriptions().map(({ name }) => name)
  assert.deepEqual(
    readMetrics([], true).map(({ name }) => name),
    names,
  )
  const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')
  for (const name of names) assert.ok(page.includes(name), name)
})
