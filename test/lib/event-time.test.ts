import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { isTimeUnreadable, saysTime, timeOfEvent } from '../../src/lib/event-time.ts'
import { parseJson } from '../../src/lib/json.ts'
import type { Fields } from '../../src/lib/record.ts'

const NOW = 7
const at = (text: string) => Date.parse(text)

describe('when an event was', () => {
  for (const [what, fields, time] of [
    ['ISO 8601', { time: '2026-11-23T04:14:05.678Z' }, at('2026-11-23T04:14:05.678Z')],
    ['ISO 8601 with a zone', { time: '2026-11-23T04:14:05+02:00' }, at('2026-11-23T02:14:05Z')],
    ['epoch seconds', { time: 1795407245 }, 1795407245000],
    ['epoch seconds with a fraction', { time: 1795407245.5 }, 1795407245500],
    ['epoch milliseconds', { time: 1795407245678 }, 1795407245678],
    [
      '@timestamp, where there is no time',
      { '@timestamp': '2026-11-23T04:14:05Z' },
      at('2026-11-23T04:14:05Z'),
    ],
    ['@timestamp, where time is none', { time: 'soon', '@timestamp': 1795407245 }, 1795407245000],
    ['a number that is kept as it was written', parseJson('{"time":1795407245.123450}'), 1795407245123.45],
    ['the same in a page', { time: 1795407245678n }, 1795407245678],
    ['the last moment of a Date', { time: 8.64e15 }, 8.64e15],
  ] as [string, Fields, number][])
    test(what, () => {
      const record = { '@meta': { id: 'a', received: 5 }, ...fields }
      assert.equal(timeOfEvent(record, NOW), time)
      assert.deepEqual([saysTime(record), isTimeUnreadable(record)], [true, false])
    })

  for (const time of [
    0,
    -1,
    1e300,
    10n ** 19n,
    Number.NaN,
    'yesterday',
    '2026-13-01T00:00:00Z',
    {},
    [],
    true,
  ])
    test(`${inspect(time)} is none: then it is when it was received`, () => {
      const record = { '@meta': { id: 'a', received: 5 }, time }
      assert.equal(timeOfEvent(record, NOW), 5)
      assert.deepEqual([saysTime(record), isTimeUnreadable(record)], [true, true])
    })

  for (const time of [undefined, null, ''])
    test(`${JSON.stringify(time)} says nothing: then it is when it was received, or now`, () => {
      assert.equal(timeOfEvent({ '@meta': { id: 'a', received: 5 }, time }, NOW), 5)
      assert.equal(timeOfEvent({ '@meta': { id: 'a' }, time }, NOW), NOW)
      assert.deepEqual([saysTime({ time }), isTimeUnreadable({ time })], [false, false])
    })
})
