// What a store holds is not mixed with what cannot be added to it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAgreement } from '../../../src/daemons/count/about.ts'
import { createMetrics } from '../../../src/daemons/count/metrics.ts'
import { Sluice } from '../../support/process.ts'
import { Count } from './count-daemon.ts'

const EVENT = { type: 'revenue', time: '2025-01-01T00:00:00Z', data: { account: 'acme', amount: 5 } }
const COUNTS = ['--key', '{account}/{type}']
const SUM = ['--sum', '{account}/revenue = {amount}']

test('what is counted may change over a restart, and the kind of what is there, and its zone, may not', async t => {
  const folder = new Sluice(t, 'sluice-count', ['--version']).folder
  const options = { stdin: 'open', env: { STATE_DIRECTORY: folder } } as const
  const run = async (flags: readonly string[], then = async (_: Count) => {}) => {
    const count = new Count(t, flags, options)
    await count.count([EVENT])
    await then(count)
    await count.daemon.stop()
  }
  const refused = async (...flags: string[]) => {
    const { daemon } = new Count(t, flags, options)
    assert.equal(await daemon.exited, 70, daemon.stderr)
    return daemon.stderr
  }
  await run(COUNTS)
  assert.match(
    await refused(...COUNTS, ...SUM),
    /--sum '\{account\}\/revenue': --key '\{account\}\/\{type\}' has counted under acme\/revenue; put a word of its own/,
  )
  assert.match(
    await refused('--key', 'all', '--distinct', '{a}/{b} = {c}'),
    /has counted under these keys; .*or another file/,
  )
  assert.match(await refused(...COUNTS, '--timezone', '+02:00'), /counted by UTC; give that one, or another/)
  // A new one begins with nothing; one that is left away keeps what it has.
  const sum = ['--sum', '{account}/total-revenue = {amount}']
  await run([...COUNTS, ...sum], async count => {
    assert.deepEqual(await count.json('/acme/total-revenue/2025'), { '01': 5 })
    assert.deepEqual(await count.json('/acme/revenue/2025'), { '01': 2 })
  })
  await run(['--key', '{account}/all/{type}'], async count => {
    const { keys } = await count.json('/api/v1/keys')
    assert.deepEqual(
      keys.map(({ key, kind }: { key: string; kind: string }) => `${key} ${kind}`),
      ['acme/all/revenue count', 'acme/revenue count', 'acme/total-revenue sum'],
    )
  })
})

test('those that count the same agree, in whatever order they are told to', () => {
  const print = (key: string[], zone = 'UTC') =>
    createAgreement(createMetrics({ key, sum: [], distinct: [] }), zone, '').print
  assert.equal(print(['a/{b}', 'b']), print(['b', 'a/{b}']))
  assert.notEqual(print(['a/{b}', 'b']), print(['b']))
  assert.notEqual(print(['b'], 'Europe/Berlin'), print(['b']))
})

test('keys of a template that is left away stay its own', () => {
  const sum = createMetrics({ key: [], sum: ['{account}/revenue = {amount}'], distinct: [] })
  const found = createAgreement(sum, 'UTC', '').agree(undefined, [])
  const counts = createMetrics({ key: ['{account}/{type}'], sum: [], distinct: [] })
  createAgreement(counts, 'UTC', '').agree(found, ['acme/revenue'])
  assert.deepEqual(counts.all[0]!.keyOf(EVENT), { unfit: 'keysRefused' })
  assert.equal(counts.kindOf('acme/revenue'), 'sum')
  assert.equal(counts.kindOf('acme/pageview'), 'count')
})
