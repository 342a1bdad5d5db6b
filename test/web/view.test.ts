import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ALL, DEFAULT_RANGE, shift, zoom } from '../../src/web/store/range.ts'
import { formatView, parseView, type View } from '../../src/web/store/view.ts'

const NOTHING: View = { q: '', range: DEFAULT_RANGE, live: false, record: undefined }

test('addresses', () => {
  assert.equal(formatView(NOTHING), '')
  assert.equal(formatView({ ...NOTHING, q: 'host:web1 -x', live: true }), '?q=host:web1+-x&live=1')
  assert.equal(formatView({ ...NOTHING, range: ALL }), '?from=all')
  assert.deepEqual(parseView('?from=all').range, ALL)
  assert.deepEqual(parseView('?from=-1h').range, { from: '-1h', to: undefined })
  assert.deepEqual(parseView('?to=now').range, { from: undefined, to: 'now' })
  assert.deepEqual(parseView(''), NOTHING)
  // Live is now.
  assert.equal(parseView('?live=1&to=2026-11-21').live, false)
})

test('an address gives back the view that it was made of', () => {
  const bound = fc.option(fc.constantFrom('-15m', '-1h', '2026-11-21T08:00:00.000Z', '1795251992072'), {
    nil: undefined,
  })
  const views = fc.record(
    {
      q: fc.string({ unit: 'grapheme' }),
      range: fc.record({ from: bound, to: bound }, { noNullPrototype: true }),
      live: fc.boolean(),
      record: fc.option(fc.constant('1838338386639874-1'), { nil: undefined }),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(views, view => {
      const live = view.live && view.range.to === undefined
      assert.deepEqual(parseView(formatView({ ...view, live })), { ...view, live })
    }),
  )
})

test('a range is moved and zoomed, no further than now', () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString()
  const interval = { from: 1000_000, to: 2000_000 }
  assert.deepEqual(zoom(interval, 0.5, 9e6), { from: at(1250), to: at(1750) })
  assert.deepEqual(zoom(interval, 2, 9e6), { from: at(500), to: at(2500) })
  assert.deepEqual(shift(interval, -0.5, 9e6), { from: at(500), to: at(1500) })
  assert.deepEqual(shift(interval, 0.5, 2_000_000), { from: at(1000), to: at(2000) })
})
