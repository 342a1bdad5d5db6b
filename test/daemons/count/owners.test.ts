import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseKey } from '../../../src/daemons/count/key-template.ts'
import { firstField, ownersOf } from '../../../src/daemons/count/owners.ts'

const described = (template: string) => ({
  ...{ kind: 'count' as const, template },
  shape: parseKey(template).shape,
})

/** Templates, a key, and whose it is. */
const CASES: [templates: string[], key: string, owner: string | undefined][] = [
  [['{account}/{type}', '{account}/revenue'], 'acme/revenue', '{account}/revenue'],
  [['{account}/{type}', '{account}/revenue'], 'acme/pageview', '{account}/{type}'],
  [['{account}/{type}', 'all/{type}', '{account}/revenue'], 'all/revenue', 'all/{type}'],
  [['{account}/{type}', 'all/{type}', 'all/revenue'], 'all/revenue', 'all/revenue'],
  [['{account}/{type}', '{account}-{app}/x'], 'a-b/x', '{account}-{app}/x'],
  [['{account}/{type}'], 'acme', undefined],
  [['{account}/{type}'], 'acme/a/b', undefined],
  [[], 'acme/a', undefined],
]

for (const [templates, key, owner] of CASES)
  test(`of ${templates.join(', ') || 'none'}, ${key} belongs to ${owner ?? 'nobody'}, in any order`, () => {
    for (const all of [templates, templates.toReversed()])
      assert.equal(ownersOf(all.map(described))(key)?.template, owner)
  })

test('the first field is one that is a part of its own', () => {
  const first = (template: string) => firstField(described(template))
  assert.equal(first('{account}/{type}'), 'account')
  assert.equal(first('{data.account:-none}'), 'data.account')
  for (const template of ['all/{type}', '{a}-{b}/x', 'x{a}/b']) assert.equal(first(template), undefined)
})
