import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { topicTest } from '../../../src/lib/live/topics.ts'
import { compileTopic, prefixOf } from '../../../src/lib/pubsub/topic.ts'

test('the topic of a record', () => {
  const topicOf = compileTopic('{app}.{type}')
  assert.equal(topicOf({ app: 'shop', type: 'pageview' }), 'shop.pageview')
  assert.equal(topicOf({ app: 'shop', type: 'add to\ncart\0' }), 'shop.add_to_cart_')
  assert.equal(topicOf({}), '.')
  assert.equal(compileTopic('{type}')({}), '')
  assert.equal(compileTopic('{account}')({ data: { account: 'ACMÉ' } }), 'ACMÉ')
})

test('what is of a pattern begins with its prefix', () => {
  const letters = fc.stringMatching(/^[ab*]{0,6}$/)
  fc.assert(
    fc.property(letters, fc.stringMatching(/^[ab]{0,10}$/), (pattern, topic) => {
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(topic)
      assert.equal(topicTest([pattern])(topic), expected)
      if (expected) assert.ok(topic.startsWith(prefixOf(pattern)))
    }),
    { numRuns: 2000 },
  )
})
