import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson } from '../../../src/lib/json.ts'
import { compileTemplate } from '../../../src/lib/template.ts'
import { parseExact } from '../../../src/web/lib/http.ts'
import { type Fields, fieldsOf, prettyJson } from '../../../src/web/lib/record-fields.ts'
import { EMPTY, nameOfValue } from '../../../src/web/live/api.ts'
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
  const [stated, received] = ['2026-11-23T04:14:05.000Z', '2026-11-23T05:00:00.000Z']
  // UTC, wherever the browser is; nothing that only Date.parse takes for a time.
  assert.equal(at({ time: '2026-11-23T04:14:05' }), stated)
  for (const time of ['5', 'May 5', 0, -5, null, [], {}, { toString: 1 }, true, 10n ** 30n])
    assert.equal(at({ time }), received, String(typeof time))
  assert.ok(Number.isNaN(eventLine({}, 1).at.getTime()))
})

test('a field is found as the server finds it: a plain name in data as well', () => {
  assert.equal(fieldText(EVENT, 'account'), 'acme')
  assert.equal(fieldText(EVENT, 'data.browser.name'), 'Firefox')
  assert.equal(fieldText(EVENT, 'browser.name'), '')
  assert.equal(fieldText(EVENT, 'nothing'), '')
  assert.equal(nameOfValue(''), EMPTY)
  assert.equal(nameOfValue('x'.repeat(200)).length, 101)
})

test('a number that JavaScript writes in another way is what was written, wherever it is', () => {
  for (const number of ['12345678901234567890', '1.50', '1e21', '1E-7', '-0', '1e400', '0.1', '7']) {
    // With an exponent in it, the server keeps all of them as well.
    const written = `{"type":"bad","n":1e3,"account":${number},"data":{"account":{"id":${number}},"user":[${number}]},"user":${number}}`
    const [event, there] = [parseExact(written) as Fields, parseJson(written) as Fields]
    assert.equal(fieldText(event, 'data.account'), `{"id":${number}}`)
    assert.equal(fieldText(event, 'user'), number)
    // As the server finds it.
    for (const name of ['account', 'user', 'data.account', 'data.user'])
      assert.equal(fieldText(event, name), compileTemplate(`{${name}}`)(there))
    const fields = fieldsOf(event, 100).map(({ name, text, askable }) => [name, text, askable])
    assert.deepEqual(fields.at(-1), ['user', number, true])
    assert.deepEqual(fields.at(-2), ['data.user', number, true])
    assert.equal(JSON.stringify(JSON.parse(prettyJson(event))), JSON.stringify(JSON.parse(written)))
    assert.ok(prettyJson(event).includes(`"id": ${number}`))
  }
})

test('a line has the rest, in short', () => {
  assert.equal(restOf(eventLine(EVENT, 1), ['type', 'account']), 'app=shop  path=/cart  browser.name=Firefox')
  const long = {
    ...EVENT,
    data: Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, 'v'.repeat(1000)])),
  }
  assert.ok(restOf(eventLine(long, 1), []).length < 600)
})

test('of a huge event only so many fields are looked at', () => {
  let looked = 0
  const list = new Proxy(
    Array.from({ length: 100_000 }, (_, n) => n),
    {
      get: (target, key) => {
        looked++
        return Reflect.get(target, key)
      },
    },
  )
  const line = eventLine({ '@meta': { id: '1' }, list, last: 1 }, 1)
  assert.equal(line.fields.length, 200)
  assert.ok(looked < 1000, `${looked} were looked at`)
  assert.equal(line.fields.at(-1)!.name, '@meta.id')
  const deep = JSON.parse(`${'{"a":'.repeat(300)}[${'1,'.repeat(99_999)}1]${'}'.repeat(300)}`)
  assert.equal(fieldsOf(deep, 10).length, 10)
  assert.deepEqual(
    fieldsOf({ empty: {}, none: [], '': 1, nothing: null }, 10).map(({ name, text }) => [name, text]),
    [
      ['empty', '{}'],
      ['none', '[]'],
      ['', '1'],
      ['nothing', 'null'],
    ],
  )
})
