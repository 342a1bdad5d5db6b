import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileTopic } from '../../../src/lib/pubsub/topic.ts'

test('the topic of a record', () => {
  const topicOf = compileTopic('{app}.{type}')
  assert.equal(topicOf({ app: 'shop', type: 'pageview' }), 'shop.pageview')
  assert.equal(topicOf({ app: 'shop', type: 'add to\ncart\0' }), 'shop.add_to_cart_')
  assert.equal(topicOf({}), '.')
  assert.equal(compileTopic('{type}')({}), '')
  assert.equal(compileTopic('{account}')({ data: { account: 'ACMÉ' } }), 'ACMÉ')
})
