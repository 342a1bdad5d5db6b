import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { topicText } from '../../../src/lib/pubsub/topic-text.ts'
import { SPANS } from '../../../src/web/live/history/span.ts'
import { formatView, MOST_KEYS, parseView, type View, WINDOWS } from '../../../src/web/live/view.ts'

const plain = parseView('')

test('addresses', () => {
  assert.equal(formatView(plain), '')
  assert.equal(
    formatView({ ...plain, topics: ['shop.*', 'mail'], match: 'data.account:acme', by: 'account' }),
    '?topic=shop.*&topic=mail&match=data.account:acme&by=account',
  )
  assert.equal(
    formatView({
      ...plain,
      shown: 'history',
      keys: ['acme/pageview'],
      span: { name: 'week' },
      compare: true,
    }),
    '?view=history&key=acme/pageview&range=week&compare=1',
  )
  assert.deepEqual(parseView('?topic=add+to+cart&topic=add_to_cart').topics, ['add_to_cart'])
  assert.equal(
    parseView(`?${'topic=a*&'.repeat(3)}${Array.from({ length: 30 }, (_, n) => `topic=${n}`).join('&')}`)
      .topics.length,
    20,
  )
  const own = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 1, 1) }
  assert.deepEqual(parseView('?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z').span, own)
  assert.deepEqual(parseView('?from=2026-02-01&to=2026-01-01').span, { name: 'day' })
  assert.deepEqual(parseView('?range=century&window=1h&view=x'), plain)
})

test('an address gives back the view that it was made of', () => {
  const word = fc
    .string({ minLength: 1, unit: 'binary' })
    .map(text => text.toWellFormed().trim())
    .filter(text => text !== '')
  const views: fc.Arbitrary<View> = fc.record({
    shown: fc.constantFrom('live', 'history'),
    topics: fc.uniqueArray(word.map(topicText), { maxLength: 5 }),
    match: fc.string({ unit: 'binary' }).map(text => text.toWellFormed()),
    by: fc.oneof(fc.constant(''), word),
    top: fc.oneof(fc.constant(''), word),
    window: fc.constantFrom(...WINDOWS),
    keys: fc.uniqueArray(word, { maxLength: MOST_KEYS }),
    span: fc.oneof(
      fc.constantFrom(...SPANS).map(({ name }) => ({ name })),
      fc.integer({ min: 0, max: 4e12 }).map(from => ({ from, to: from + 60_000 })),
    ),
    compare: fc.boolean(),
  })
  fc.assert(fc.property(views, view => assert.deepEqual(parseView(formatView(view)), { ...view })))
})
