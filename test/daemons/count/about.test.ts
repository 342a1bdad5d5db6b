// What a store holds is not mixed with what cannot be added to it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Counting, createAgreement } from '../../../src/daemons/count/about.ts'
import { createMetrics, type Written } from '../../../src/daemons/count/metrics.ts'
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
    /has counted under acme\/revenue; .*or another file/,
  )
  assert.match(
    await refused('--key', '{type}/{account}'),
    /--key '\{type\}\/\{account\}': --key '\{account\}\/\{type\}' has counted under acme\/revenue, whose first part/,
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

const KEEP = { minute: 1, hour: 2, day: 3, month: 0 }

function agreement(written: Partial<Written>, more: Partial<Counting> = {}, warnings: string[] = []) {
  const metrics = createMetrics({ key: [], sum: [], distinct: [], ...written })
  const counting = { metrics, timezone: 'UTC', remember: 1, keep: KEEP, ...more }
  return { metrics, ...createAgreement(counting, 'another file', text => warnings.push(text)) }
}

const keys = (...all: string[]) =>
  async function* () {
    if (all.length > 0) yield all
  }

test('those that count the same agree, in whatever order they are told to', () => {
  const print = (key: string[], more?: Partial<Counting>) => agreement({ key }, more).print
  assert.equal(print(['a/{b}', 'b']), print(['b', 'a/{b}']))
  assert.notEqual(print(['a/{b}', 'b']), print(['b']))
  assert.notEqual(print(['b'], { timezone: 'Europe/Berlin' }), print(['b']))
  assert.notEqual(print(['b'], { remember: 2 }), print(['b']))
  assert.notEqual(print(['b'], { keep: { ...KEEP, month: 1 } }), print(['b']))
  assert.notEqual(agreement({ sum: ['a = {b}'] }).print, agreement({ sum: ['a = {c}'] }).print)
})

test('keys of a template that is left away stay its own', async () => {
  const found = await agreement({ sum: ['{account}/revenue = {amount}'] }).agree(undefined, keys())
  const counts = agreement({ key: ['{account}/{type}'] })
  await counts.agree(found, keys('acme/revenue'))
  assert.deepEqual(counts.metrics.all[0]!.keyOf(EVENT), { unfit: 'keysOfOthers' })
  assert.equal(counts.metrics.kindOf('acme/revenue'), 'sum')
  assert.equal(counts.metrics.kindOf('acme/pageview'), 'count')
})

test('bug: where a template was left away, another one counted nothing, without a word', async () => {
  const found = await agreement({ key: ['{account}/{type}'] }).agree(undefined, keys())
  const parted = () => agreement({ key: ['{account}/{browser}-{version}'] })
  await assert.rejects(
    parted().agree(found, keys('acme/pageview')),
    /--key '\{account\}\/\{browser\}-\{version\}' would count nothing: --key '\{account\}\/\{type\}' was counted here before, .* or another file/,
  )
  await parted().agree(found, keys())
})

test('a first try that has counted nothing can be taken back', async () => {
  const found = await agreement({ key: ['{type}/{account}'] }, { timezone: 'Europe/Berlin' }).agree(
    undefined,
    keys(),
  )
  const now = agreement({ sum: ['{account}/{type} = {amount}'] })
  assert.doesNotMatch(await now.agree(found, keys()), /Berlin|--key/)
  assert.deepEqual(now.metrics.all[0]!.keyOf(EVENT), { key: 'acme/revenue' })
})

test('bug: what was counted by a template that is refused by now could not be opened any more', async () => {
  const found = await agreement({}).agree(undefined, keys())
  const about = JSON.parse(found)
  about.metrics = [{ kind: 'count', template: 'account/type', shape: 'account/type' }]
  const now = agreement({ key: ['{account}/{type}'] })
  assert.match(await now.agree(JSON.stringify(about), keys('account/type')), /account\/type.*\{account\}/)
  assert.equal(now.metrics.ownerOf('account/type')?.template, 'account/type')
})

test('what another field begins is not shown to the accounts of this one', async () => {
  const found = await agreement({ key: ['{type}/{account}'] }).agree(undefined, keys())
  const now = agreement({ key: ['{data.account}/{type}'] })
  await assert.rejects(
    now.agree(found, keys('pageview/acme')),
    /has counted under pageview\/acme, whose first part/,
  )
  // The same by its other name.
  const same = await agreement({ key: ['{account}/{type}'] }).agree(undefined, keys())
  await now.agree(same, keys('acme/pageview'))
})

test('a value that is another from now on is warned of', async () => {
  const warnings: string[] = []
  const found = await agreement({ sum: ['{account}/revenue = {amount}'] }).agree(undefined, keys())
  await agreement({ sum: ['{account}/revenue={data.net}'] }, {}, warnings).agree(found, keys('acme/revenue'))
  assert.deepEqual(warnings, [
    "--sum '{account}/revenue': what is there is of {amount}, and from now on it is {data.net}; both are in one count",
  ])
})

test('a key of other fields from now on is warned of', async () => {
  const warnings: string[] = []
  const found = await agreement({ key: ['{account}/{type}'] }).agree(undefined, keys())
  const now = (template: string, ...there: string[]) =>
    agreement({ key: [template] }, {}, warnings).agree(found, keys(...there))
  // The same by its other name; and one under which nothing was counted yet.
  await now('{data.account}/{data.type}', 'acme/pageview')
  await now('{account}/{page}')
  assert.deepEqual(warnings, [])
  await now('{account}/{page}', 'acme/pageview')
  assert.deepEqual(warnings, [
    "--key '{account}/{page}': what is there is of {account}/{type}, and from now on it is {account}/{page}; both are in one count",
  ])
})

test('with a sum or distinct values alone, nothing else is counted', async t => {
  const count = new Count(t, ['--sum', '{account}/{type}={amount}'])
  await count.count([EVENT])
  assert.deepEqual(await count.json('/acme/revenue/2025'), { '01': 5 })
})
