import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Buckets } from '../../../src/daemons/count/buckets.ts'
import { createMetrics } from '../../../src/daemons/count/metrics.ts'
import { readEvents } from '../../../src/daemons/count/read.ts'
import type { LogRecord } from '../../../src/lib/index.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const TODAY = Date.UTC(2026, 10, 23, 14, 37)

/** Where an event is counted by a clock of this host. */
function placed(event: { time?: string; received: number }, here: number) {
  const refused: string[] = []
  const options = {
    metrics: createMetrics({ key: [], sum: [], distinct: [] }),
    buckets: new Buckets(createZone('UTC'), { minute: 0, hour: 0, day: 0, month: 0 }),
    admits: () => true,
    refuse: (why: string) => refused.push(why),
  }
  const { time, received } = event
  const record = { '@meta': { id: 'x', received }, account: 'a', type: 'b', time } as unknown as LogRecord
  const [{ minute } = { minute: Number.NaN }] = readEvents([record], options, here).readings
  return [new Date(minute * 60_000).toISOString().slice(0, 10), refused]
}

test('bug: the events of a host that was not told the time yet were counted in the year 2000', () => {
  const time = new Date(TODAY).toISOString()
  for (const here of [Date.UTC(2000, 0), Date.UTC(2021, 0), TODAY - 300 * 86_400_000])
    for (const event of [{ time, received: TODAY }, { received: TODAY }])
      assert.deepEqual(placed(event, here), ['2026-11-23', []])
})

test('a time that cannot be is that of the reception', () => {
  const far = '2099-01-01T00:00:00Z'
  for (const here of [TODAY, Date.UTC(2000, 0)])
    assert.deepEqual(placed({ time: far, received: TODAY }, here), ['2026-11-23', ['timesRefused']])
  // Of somebody whose clock is years ahead.
  const [ahead, refused] = placed({ time: far, received: Date.parse(far) }, TODAY)
  assert.deepEqual([ahead, refused], ['2026-11-23', ['timesRefused']])
})

test('bug: in the first hours of a host whose clock begins with 1970, events without a time were never counted', () => {
  const here = 60_000
  assert.deepEqual(placed({ received: here }, here), ['1970-01-02', ['timesRefused']])
  const time = new Date(TODAY).toISOString()
  assert.deepEqual(placed({ time, received: here }, here), ['1970-01-02', ['timesRefused']])
})
