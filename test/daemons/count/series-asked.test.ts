import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Buckets } from '../../../src/daemons/count/buckets.ts'
import type { Kind } from '../../../src/daemons/count/owners.ts'
import { countsOf, pointsAsked } from '../../../src/daemons/count/series-asked.ts'
import type { Store } from '../../../src/daemons/count/store.ts'
import { Parameters } from '../../../src/lib/serve/parameters.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const buckets = new Buckets(createZone('Europe/Berlin'), { minute: 0, hour: 0, day: 0, month: 0 })

function asked(query: string, kind: Kind = 'count') {
  const parameters = new Parameters(new URLSearchParams(query), ['from', 'to', 'step'])
  return pointsAsked(parameters, kind, buckets, Date.now())
}

/** When the first point begins, and how many there are. */
const FOUND = {
  'from=2013-09-05T14:00&to=2013-09-05T16:00': ['2013-09-05T12:00', 2],
  'from=2013-09-05 14:00&to=2013-09-05T14:00:01Z': ['2013-09-05T12:00', 3],
  'from=2013-09-05T14:00%2B01:00&to=2013-09-05T14:00Z': ['2013-09-05T13:00', 1],
  'from=2013-09-05T14:00 01:00&to=2013-09-05T14:00Z': ['2013-09-05T13:00', 1],
  'from=2013-09-05&to=2013-09-07&step=day': ['2013-09-04T22:00', 2],
  'from=%202013-09-05&to=2013-09-07%20&step=day': ['2013-09-04T22:00', 2],
  'from=1378389600&to=1378396800000&step=30m': ['2013-09-05T14:00', 4],
  'to=2013-09-05T14:00&step=minute': ['2013-09-05T11:00', 60],
  'from=2013-09-05T14:00&to=2013-09-05T14:00': ['', 0],
  'from=1970-01-01T01:00&to=1970-01-01T02:00': ['1970-01-01T00:00', 1],
} as const

for (const [query, [first, count]] of Object.entries(FOUND))
  test(`${query}: ${count} from ${first} on`, () => {
    const points = asked(query)
    const [{ time } = { time: Number.NaN }] = points
    assert.deepEqual([first && new Date(time).toISOString().slice(0, 16), points.length], [first, count])
  })

const REFUSED: { readonly [query: string]: RegExp } = {
  'from=2013-02-30': /from: "2013-02-30" is not a time; write for example/,
  'to=': /to: "" is not a time/,
  'from=1969-12-31': /years go from 1970 to 9999/,
  'to=9999-01-02': /years go from 1970 to 9999/,
  'from=now&to=-1h': /from is later than to/,
  'from=1970-01-01T01:00&to=9998-01-01&step=year':
    /more than 50000 minutes, hours, days or months; ask for a longer/,
  'from=2013-01-01&to=2014-01-01&step=minute': /more than 10000 points/,
  'step=7m': /"7m" is no step/,
  'step=day&step=hour': /step is there more than once/,
}

for (const [query, why] of Object.entries(REFUSED))
  test(`${query} is refused`, () => assert.throws(() => asked(query), why))

test('values that were seen have steps that are counted', () => {
  for (const step of ['minute', '60m', 'day', '24h', 'month'])
    asked(`from=2013-09-05&to=2013-09-06&step=${step}`, 'distinct')
  for (const step of ['5m', '6h', 'week', 'year'])
    assert.throws(() => asked(`step=${step}`, 'distinct'), /who was seen twice cannot be told from two/)
})

test('what is in a point is added up exactly, and what is no number is nothing', async () => {
  const read: Store['read'] = async names =>
    names.map(name => {
      assert.equal(name, 'a/b/2013')
      return [
        ['01', '0.1'],
        ['02', '0.2'],
        ['03', 'mine'],
        ['12', '9007199254740993'],
      ]
    })
  const counts = (query: string) => countsOf(asked(query), 'a/b', { read } as Store)
  assert.deepEqual(await counts('from=2013-01-01&to=2014-01-01&step=year'), ['9007199254740993.3'])
  assert.deepEqual(await counts('from=2013-04-01&to=2013-05-01&step=month'), ['0'])
})
