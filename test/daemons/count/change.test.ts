import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Buckets, type Keep } from '../../../src/daemons/count/buckets.ts'
import { changeOf } from '../../../src/daemons/count/change.ts'
import { createMetrics, type Written } from '../../../src/daemons/count/metrics.ts'
import { readEvents } from '../../../src/daemons/count/read.ts'
import type { LogRecord } from '../../../src/lib/index.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 0, 15)
const KEEP = { minute: DAY, hour: 10 * DAY, day: 100 * DAY, month: 1000 * DAY }

/** What some events add, and what is said of the rest. */
function change(events: readonly object[], written: Partial<Written> = {}, keep: Keep = KEEP) {
  const refused: string[] = []
  const buckets = new Buckets(createZone('UTC'), keep)
  const options = {
    ...{ metrics: createMetrics({ key: [], sum: [], distinct: [], ...written }), buckets },
    ...{ admits: (key: string) => !key.startsWith('full/'), refuse: (why: string) => refused.push(why) },
  }
  const records = events.map((event, n) => ({ '@meta': { id: `${n}`, received: NOW }, ...event }))
  const read = readEvents(records as unknown as LogRecord[], options, NOW)
  return { ...changeOf(read, new Set(read.ids), buckets, NOW), read, refused }
}

const at = (time: number, more: object = {}) => ({ account: 'a', type: 'x', time, ...more })

test('events of one bucket are one field of each of four hashes', () => {
  const { ids, hashes, keys } = change([at(NOW), at(NOW + 59_999), at(NOW + 60_000)])
  assert.deepEqual(ids, ['0', '1', '2'])
  assert.deepEqual(
    hashes.map(({ name, fields }) => [name, fields]),
    [
      ['a/x/2026', [['01', 3]]],
      ['a/x/2026/01', [['15', 3]]],
      ['a/x/2026/01/15', [['00', 3]]],
      [
        'a/x/2026/01/15/00',
        [
          ['00', 2],
          ['01', 1],
        ],
      ],
    ],
  )
  assert.deepEqual(keys, [['a/x', NOW + 60_000, hashes[0]!.expires]])
})

test('a key lasts as long as the last of its hashes, or for ever', () => {
  const [[, , expires] = []] = change([at(NOW)]).keys
  assert.equal(expires, Date.UTC(2027, 0) + 1000 * DAY)
  const [[, , minutes] = []] = change([at(NOW)], {}, { ...KEEP, hour: 1, day: 1, month: 1 }).keys
  // A hash lasts until what it stands for is over, and so long after.
  assert.equal(minutes, Date.UTC(2027, 0) + 1)
  assert.deepEqual(change([at(NOW)], {}, { ...KEEP, month: 0 }).keys, [['a/x', NOW, 0]])
})

test('what is older than all that is kept is in no hash, and makes no key', () => {
  const { ids, hashes, keys } = change([at(Date.UTC(2001, 0))])
  assert.deepEqual([ids, hashes, keys], [['0'], [], []])
  // Late for the minutes alone.
  assert.equal(change([at(NOW - 3 * DAY)]).hashes.length, 3)
})

test('sums are added up, and values that are seen are there once', () => {
  const sum = change([at(NOW, { n: 1 }), at(NOW, { n: '2.5' }), at(NOW, { n: 'x' })], { sum: ['s = {n}'] })
  assert.deepEqual(sum.hashes[0]!.fields, [['01', 3_500_000_000_000_000_000n]])
  assert.deepEqual(sum.refused, ['notNumbers'])
  const seen = change([at(NOW, { v: 1 }), at(NOW, { v: 1 }), at(NOW, { v: 2 })], { distinct: ['d = {v}'] })
  for (const { fields } of seen.hashes) assert.equal((fields[0]![1] as readonly string[]).length, 2)
})

test('who was seen is known as long as what is within is kept: later values are not counted there', () => {
  const distinct = { distinct: ['d = {v}'] }
  const names = (time: number) => change([at(time, { v: 1 })], distinct).hashes.map(({ name }) => name)
  assert.equal(names(NOW).length, 4)
  // The minutes are over, so the hour is closed, and the day is not.
  assert.deepEqual(names(NOW - 3 * DAY), ['d/2026', 'd/2026/01'])
  assert.deepEqual(names(NOW - 20 * DAY), ['d/2025'])
  assert.deepEqual(names(NOW - 200 * DAY), [])
  const [month, day] = change([at(NOW, { v: 1 })], distinct).hashes
  assert.equal(month!.fields[0]![2], day!.expires)
})

test('an event that has only keys too many is known by nobody; one that has another is', () => {
  const events = [at(NOW, { account: 'full' }), at(NOW)]
  assert.deepEqual(change(events).read.full, [0])
  const { read, ids, refused } = change(events, { key: ['{account}/{type}', 'all'] })
  assert.deepEqual([read.full, ids, refused], [[], ['0', '1'], ['keysFull']])
})

test('what is twice in a batch is counted once', () => {
  const { read, hashes } = change([at(NOW, { '@meta': { id: '1' } }), at(NOW)])
  assert.deepEqual(read.repeats, [1])
  assert.deepEqual(hashes[0]!.fields, [['01', 1]])
})
