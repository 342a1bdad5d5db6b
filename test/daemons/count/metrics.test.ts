import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseKey, parseValued } from '../../../src/daemons/count/key-template.ts'
import { createMetrics } from '../../../src/daemons/count/metrics.ts'

const metrics = (key: string[], sum: string[] = [], distinct: string[] = []) =>
  createMetrics({ key, sum, distinct })
const keysOf = (all: ReturnType<typeof metrics>, event: object) =>
  all.all.map(({ keyOf }) => {
    const found = keyOf(event)
    return 'key' in found ? found.key : found.unfit
  })

const EVENT = { type: 'pageview', app: 'shop', data: { account: 'acme', amount: 12.5 } }

test('a key is filled from the event and its data', () => {
  assert.deepEqual(keysOf(metrics(['{account}/{type}', 'all', '{data.account}-{app}/x/{type}']), EVENT), [
    'acme/pageview',
    'all',
    'acme-shop/x/pageview',
  ])
})

test('half a key is none', () => {
  const all = metrics(['{account}/{user}', '{account}/u/{user:-nobody}'])
  assert.deepEqual(keysOf(all, EVENT), ['withoutField', 'acme/u/nobody'])
  assert.deepEqual(keysOf(all, { data: { account: '', user: 'x' } }), ['withoutField', 'withoutField'])
  assert.deepEqual(keysOf(metrics(['{account}-{user}/x']), { account: 'a', user: '' }), ['withoutField'])
  assert.deepEqual(keysOf(all, { data: { account: 'a', user: '..' } }), ['valuesRefused', 'valuesRefused'])
  assert.deepEqual(keysOf(all, { data: { account: 'a'.repeat(600), user: 'x' } }), [
    'keysTooLong',
    'keysTooLong',
  ])
})

test('a value cannot make the key of another template, or of another account', () => {
  const all = metrics(['{account}/{type}'], ['{account}/revenue = {amount}'])
  assert.deepEqual(keysOf(all, { ...EVENT, type: 'revenue' }), ['keysOfOthers', 'acme/revenue'])
  assert.deepEqual(keysOf(all, { type: 'b/c', data: { account: 'a/b' } }), ['a%2Fb/b%2Fc', 'a%2Fb/revenue'])
  assert.equal(all.kindOf('acme/revenue'), 'sum')
  assert.equal(all.kindOf('acme/pageview'), 'count')
  assert.equal(all.kindOf('acme/a/b'), undefined)
})

test('a key that two templates make belongs to one of them, in whatever order they are given', () => {
  const event = { type: 'revenue', amount: 5, data: { account: 'all' } }
  const one = metrics(['all/{type}'], ['{account}/revenue = {amount}'])
  assert.deepEqual(keysOf(one, event), ['all/revenue', 'keysOfOthers'])
  assert.equal(one.kindOf('all/revenue'), 'count')
  const other = metrics([], ['{account}/revenue = {amount}', 'all/{type} = {amount}'])
  assert.deepEqual(keysOf(other, event), ['keysOfOthers', 'all/revenue'])
  assert.deepEqual(keysOf(other, { ...event, type: 'b' }), ['keysOfOthers', 'all/b'])
})

test('templates that could make the same key are refused', () => {
  assert.throws(
    () => metrics(['{account}/{type}'], ['{account}/{app} = {amount}']),
    /could make the same key; put a word of its own into one/,
  )
  assert.throws(() => metrics(['{account}/{type}', '{account}/{type}']), /could make the same key/)
})

test('bug: a template all of whose keys are those of another one counted nothing, without a word', () => {
  const version = '{account}/{browser}-{version}'
  for (const key of [
    ['{account}/{type}', version],
    [version, '{account}/{type}'],
    ['{account}/v{major}-beta', '{account}/v{major}'],
  ])
    assert.throws(() => metrics(key), /would count nothing: all of its keys could be those of --key/)
  for (const key of [
    ['{account}/{type}', '{account}/{browser}/{version}'],
    ['{account}/{type}', 'all/{type}', '{account}/revenue', 'all/revenue'],
    ['{account}', '{account}/all'],
  ])
    assert.equal(metrics(key).all.length, key.length)
})

test('what is no template says what to write', () => {
  for (const written of ['', '/a', 'a//b', 'a/', '{a}/..', 'a%/b'])
    assert.throws(() => parseKey(written), /write for example '\{account\}\/\{type\}'/, written)
  assert.throws(() => parseKey('{a'), /for a brace itself write/)
  for (const written of ['{a}', '{a} =', '= {b}'])
    assert.throws(() => parseValued(written), /lacks its value; write for example/, written)
})

test('amounts are numbers, also in text, and members are what they are', () => {
  const [sum, distinct] = metrics([], ['r = {amount}'], ['v = {account}-{app}']).all
  const amount = (amount: unknown) => sum!.amountOf({ data: { amount } })
  assert.deepEqual(amount(12.5), { amount: 12_500_000_000_000_000_000n })
  assert.deepEqual(amount('0.1'), { amount: 100_000_000_000_000_000n })
  assert.deepEqual(amount('ten'), { unfit: 'notNumbers' })
  assert.deepEqual(amount({ a: 1 }), { unfit: 'notNumbers' })
  assert.deepEqual(amount(undefined), { unfit: 'withoutField' })
  assert.deepEqual(distinct!.amountOf(EVENT), distinct!.amountOf({ ...EVENT, type: 'other' }))
  assert.notDeepEqual(distinct!.amountOf(EVENT), distinct!.amountOf({ ...EVENT, app: 'blog' }))
})
