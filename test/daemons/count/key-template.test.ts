import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseKey, parseValued } from '../../../src/daemons/count/key-template.ts'

const CASES: { readonly [template: string]: { yes: string[]; no: string[] } } = {
  '{a}/{b}': { yes: ['x/y', 'a-b/ c'], no: ['x', 'x/y/z', '/y'] },
  'all/{b}': { yes: ['all/y'], no: ['al/y', 'alll/y', 'all'] },
  '{a}-{b}': { yes: ['x-y', '---', 'x-y-z', 'a--b'], no: ['-', '--', '-x', 'x-', 'xy'] },
  'v{a}.{b}.end': {
    yes: ['v1.2.end', 'v..x.end', 'v1.2.end.end'],
    no: ['v.2.end', 'v1..end', 'v1.end', '1.2.end'],
  },
  '{a}{b}': { yes: ['xy', 'xyz'], no: ['x', ''] },
  '{a}ab{b}ab': { yes: ['xabxab', 'aababab'], no: ['xabab', 'ababab'.slice(2), 'xab'] },
  '{{{a}}}': { yes: ['{x}'], no: ['{}', 'x', '{x'] },
  'a{{b/{c}': { yes: ['a{b/x'], no: ['ab/x', 'a{/x'] },
  'a.b*c': { yes: ['a.b*c'], no: ['aab*c', 'a.bbc', 'a.b*cc'] },
}

for (const [template, { yes, no }] of Object.entries(CASES))
  test(`${template} can make what it can make`, () => {
    const { canMake } = parseKey(template)
    for (const key of yes) assert.ok(canMake(key.split('/')), key)
    for (const key of no) assert.ok(!canMake(key.split('/')), key)
  })

test('a part of many words between fields is looked at once', () => {
  const { canMake } = parseKey('{a}-{b}-{c}-{d}-{e}/x')
  // A regular expression took 39 ms for 400 of them; for so many it would not end.
  assert.ok(!canMake(['-'.repeat(100_000), 'y']))
  assert.ok(canMake(['-'.repeat(100_000), 'x']))
})

test('what a template can make follows from its shape', () => {
  assert.equal(parseKey('{account}/{type}').shape, '*/*')
  assert.equal(parseKey(' v{{1}}/{a}-{b:-x} ').shape, 'v{1}/*-*')
})

test('a value stands behind the first =, with blanks or without', () => {
  for (const written of ['{a}/r = {b}', '{a}/r={b}', ' {a}/r =  {b} '])
    assert.equal(parseValued(written).value.written, '{b}')
  const { key, value } = parseValued('a = {b}={c}')
  assert.deepEqual([key.written, value.written], ['a', '{b}={c}'])
})

test('bug: without its braces, a template counted all events under one key', () => {
  for (const written of ['account/type', 'type', 'all/account'])
    assert.throws(() => parseKey(written), /is one key for all events; a field stands in braces: write for/)
  assert.equal(parseKey('all').shape, 'all')
  assert.equal(parseKey('type/{type}').shape, 'type/*')
})

test('bug: without its braces, a value was a word, of which there is one', () => {
  for (const written of ['{account}/visitors = data.visitor', '{account}/revenue = amount'])
    assert.throws(
      () => parseValued(written),
      /is in no event; a field stands in braces: \{(data\.visitor|amount)\}$/,
    )
  for (const written of ['{account}/points = 10', '{account}/seen = {a}-{b}']) assert.ok(parseValued(written))
})
