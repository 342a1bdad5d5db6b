import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { programEvent } from '../../../src/daemons/collect/program-events.ts'
import { Refused } from '../../../src/daemons/collect/refused.ts'

const NOW = Date.parse('2026-11-23T04:14:05Z')
const OURS = '2026-11-23T04:14:05.000Z'

describe('the event of a program', () => {
  for (const event of [
    { type: 'a', time: 1795407245 },
    { type: 'a', time: '2026-11-23T04:14:05Z', app: 'shop', data: { account: 'acme' }, more: [1] },
    { type: 'a', '@timestamp': '2026-11-23T04:14:05Z' },
    { type: 'a', time: 'none', '@timestamp': '2026-11-23T04:14:05Z' },
    { type: 'a', time: 1, account: 42, data: { account: 0 } },
  ])
    test(`is taken as it is: ${JSON.stringify(event)}`, () => assert.equal(programEvent(event, NOW), event))

  for (const time of [undefined, null, ''])
    test(`gets our time where it says none: ${JSON.stringify(time)}`, () => {
      const event = programEvent({ app: 'shop', type: 'a', time }, NOW)
      assert.equal(JSON.stringify(event), `{"type":"a","time":"${OURS}","app":"shop"}`)
    })

  for (const [event, why] of [
    [7, /an event is a JSON object/],
    [[], /an event is a JSON object/],
    [{}, /an event has a "type"/],
    [{ type: '' }, /"type" has/],
    [{ type: 'a/b' }, /"type" has/],
    [{ type: 'a', app: '' }, /"app" has/],
    [{ type: 'a', app: 7 }, /"app" has/],
    [{ type: 'a', data: [] }, /"data" is a JSON object/],
    [{ type: 'a', data: null }, /"data" is a JSON object/],
    [{ type: 'a', account: 'b/c' }, /"account" has/],
    [{ type: 'a', account: null }, /"account" has/],
    [{ type: 'a', data: { account: true } }, /"data.account" has/],
    [{ type: 'a', time: 0 }, /"time" is/],
    [{ type: 'a', time: 1e300 }, /"time" is/],
    [{ type: 'a', time: -1 }, /"time" is/],
    [{ type: 'a', time: 'yesterday' }, /"time" is/],
    [{ type: 'a', '@timestamp': 'yesterday' }, /"time" is/],
  ] as const)
    test(`is none: ${JSON.stringify(event)}`, () =>
      assert.throws(
        () => programEvent(event, NOW),
        (error: Refused) => error instanceof Refused && error.status === 400 && why.test(error.message),
      ))
})
