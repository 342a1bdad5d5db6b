import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { prefixOf, topicTest } from '../../../src/lib/pubsub/topic-pattern.ts'

const CASES: readonly [patterns: string[], fit: string[], others: string[]][] = [
  [[], ['', 'pageview'], []],
  [['*'], ['', 'pageview'], []],
  [['pageview'], ['pageview'], ['', 'pageviews', 'a.pageview', 'Pageview']],
  [['shop.*'], ['shop.', 'shop.order', 'shop.a.b'], ['shop', 'ashop.x', 'workshop.x']],
  [['*.error'], ['.error', 'shop.error'], ['error', 'shop.errors']],
  [['a*b'], ['ab', 'axb', 'abab'], ['a', 'b', 'aba', 'ba']],
  [['ab*ba'], ['abba', 'abxba'], ['aba']],
  [['a*b*a'], ['aba', 'axbxa'], ['aa', 'a', 'ab']],
  [['**'], ['', 'x'], []],
  [['a.c'], ['a.c'], ['abc']],
  [
    ['[x]*', 'y'],
    ['[x]', '[x]z', 'y'],
    ['x', 'yy'],
  ],
]

describe('topics', () => {
  for (const [patterns, fit, others] of CASES)
    test(patterns.join(' or ') || 'without a pattern', () => {
      const fits = topicTest(patterns)
      for (const topic of fit) assert.equal(fits(topic), true, topic)
      for (const topic of others) assert.equal(fits(topic), false, topic)
    })

  test('are what a regular expression finds', () => {
    const few = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 })
    fc.assert(
      fc.property(few, few, (pattern, topic) => {
        const escaped = pattern.replace(/[.]/g, '\\.').replace(/\*+/g, '.*')
        assert.equal(topicTest([pattern])(topic), new RegExp(`^${escaped}$`, 's').test(topic))
      }),
    )
  })
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
