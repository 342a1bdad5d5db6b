import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counted, EMPTY } from '../../../src/web/live/api.ts'
import { eventLine, fieldText, restOf } from '../../../src/web/live/event.ts'

const EVENT = {
  '@meta': { id: '1', received: 1_795_410_000_000 },
  type: 'pageview',
  time: '2026-11-23T04:14:05.123Z',
  app: 'shop',
  data: { account: 'acme', path: '/cart', browser: { name: 'Firefox' } },
}

test('when it was: as it says, in any form, else when it was received', () => {
  const at = (more: object) => eventLine({ ...EVENT, ...more }, 1).at.toISOString()
  assert.equal(at({}), '2026-11-23T04:14:05.123Z')
  assert.equal(at({ time: 1_795_410_000 }), '2026-11-23T05:00:00.000Z')
  assert.equal(at({ time: 1_795_410_000_500 }), '2026-11-23T05:00:00.500Z')
  assert.equal(at({ time: undefined, '@timestamp': '2026-01-01T00:00:00Z' }), '2026-01-01T00:00:00.000Z')
  assert.equal(at({ time: 'soon' }), '2026-11-23T05:00:00.000Z')
  assert.equal(at({ time: 1e300 }), '2026-11-23T05:00:00.000Z')
  assert.ok(Number.isNaN(eventLine({}, 1).at.getTime()))
})

test('a field is found as the server finds it: a plain name in data as well', () => {
  assert.equal(fieldText(EVENT, 'account'), 'acme')
  assert.equal(fieldText(EVENT, 'data.browser.name'), 'Firefox')
  assert.equal(fieldText(EVENT, 'browser.name'), '')
  assert.equal(fieldText(EVENT, 'nothing'), '')
  assert.equal(counted(''), EMPTY)
  assert.equal(counted('x'.repeat(200)).length, 101)
})

test('a line has the rest, in short', () => {
  assert.equal(restOf(eventLine(EVENT, 1), ['type', 'account']), 'app=shop  path=/cart  browser.name=Firefox')
  const long = {
    ...EVENT,
    data: Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, 'v'.repeat(1000)])),
  }
  assert.ok(restOf(eventLine(long, 1), []).length < 600)
})
