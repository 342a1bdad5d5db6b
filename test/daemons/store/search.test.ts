// The store against a model that looks at each record: the same answers, whatever lies in which partition.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { countFacets } from '../../../src/daemons/store/facets.ts'
import { countOverTime, keyRange, stepFor } from '../../../src/daemons/store/histogram.ts'
import { FACETS, partitionsIn } from '../../../src/daemons/store/layout.ts'
import type { Direction } from '../../../src/daemons/store/partition-reader.ts'
import { StoreReader } from '../../../src/daemons/store/reader.ts'
import { facetOf, rowsOf, timeOf } from '../../../src/daemons/store/row.ts'
import { type Cursor, findPage, type Located } from '../../../src/daemons/store/search.ts'
import { StoreWriter } from '../../../src/daemons/store/writer.ts'
import { createMatcher, parseQuery } from '../../../src/lib/query/index.ts'
import type { LogRecord } from '../../../src/lib/record.ts'

const TOTAL = 9_000
const START = Date.UTC(2026, 9, 1)
const NOW = START + 3_600_000
const WORDS = ['failed', 'password', 'accepted', 'connection', 'refused', 'from', 'for', 'über', 'Straße']
const SEVERITIES = ['err', 'warning', 'info', 'debug', 'crit']
const forever = new AbortController().signal

/** Records of an hour, a tenth of them late by up to twenty minutes, all with whole seconds as RFC 3164 has them. */
function recordOf(n: number): LogRecord {
  const late = n % 10 === 0 ? ((n * 7919) % 1200) * 1000 : 0
  const time = Math.max(START, Math.floor((START + (n / TOTAL) * 3_600_000 - late) / 1000) * 1000)
  return {
    '@meta': {
      id: `id-${n}`,
      received: START + Math.floor((n / TOTAL) * 3_600_000),
      peer: `10.0.0.${n % 7}:514`,
    },
    '@timestamp': new Date(time).toISOString(),
    syslog_severity: SEVERITIES[n % 5],
    host: `web${n % 12}`,
    syslog_program: n % 3 === 0 ? 'sshd' : 'cron',
    status: (n * 37) % 600,
    user: { name: n % 50 === 0 ? 'Alice B' : 'bob' },
    ...(n % 100 === 0 && { tags: ['red', 'blue'] }),
    message: `${WORDS[n % 9]} ${WORDS[(n * 5) % 9]} ${WORDS[(n >> 3) % 9]} number ${n}${' padding'.repeat(20)}`,
  }
}

const records = Array.from({ length: TOTAL }, (_, n) => recordOf(n))
const matching = (text: string, from = -Infinity, to = Infinity) => {
  const matches = createMatcher(parseQuery(text, NOW))
  return records.filter(record => {
    const time = timeOf(record, NOW)
    return time >= from && time < to && matches(record, time)
  })
}

const QUERIES = [
  ...[
    '',
    'failed',
    'FAILED password',
    '"failed password"',
    'pass*',
    'failed OR refused',
    '-failed',
    '-failed -refused',
  ],
  ...[
    'host:web1',
    'host:web1*',
    '-host:web1 sshd',
    'host:(web1 OR web2) failed',
    'program:cron severity<=err',
  ],
  ...[
    'severity:3',
    'severity>=info',
    'user.name:"alice b"',
    'user.name:bob -program:cron',
    'status>=500',
    'status<3',
  ],
  ...[
    'tags:red',
    'tags:*',
    '-tags:*',
    'nothing',
    'host:nobody',
    'number 4711',
    '10.0.0.3',
    'uber',
    'strasse OR straße',
  ],
  ...['(failed OR user.name:alice*) host:web4', '-(failed OR status>300)', 'severity<warning OR status:17'],
]

describe('the store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-store-'))
  let reader: StoreReader

  before(() => {
    // The smallest partitions: a sixteenth of this.
    const writer = new StoreWriter({ folder, keep: undefined, keepBytes: 2 ** 24 }, () => NOW)
    for (let n = 0; n < TOTAL; n += 500) {
      const { keys } = writer.write(rowsOf(records.slice(n, n + 500), NOW))
      assert.ok(keys.every(key => key >= 0))
      writer.tidy()
    }
    writer.close()
    reader = new StoreReader(folder)
  })

  after(() => {
    reader.close()
    rmSync(folder, { recursive: true })
  })

  /** All pages of a query. */
  async function search(
    text: string,
    direction: Direction = 'newest',
    limit = 1000,
    budget = 1e9,
    most = Number.POSITIVE_INFINITY,
  ) {
    const found: Located[] = []
    let next: Cursor | undefined
    do {
      const page = await findPage(
        reader.partitions(),
        {
          query: parseQuery(text, NOW),
          range: keyRange(-Infinity, Infinity),
          direction,
          limit,
          budget,
          ...(next && { after: next }),
        },
        forever,
      )
      assert.ok(page.found.length <= limit)
      found.push(...page.found)
      next = page.next
    } while (next && found.length < most)
    return found
  }

  const idsOf = (found: readonly Located[]) =>
    found.map(({ body }) => (JSON.parse(body) as LogRecord)['@meta'].id)

  test('has several partitions, or this would show little', () => {
    assert.ok(partitionsIn(folder).length >= 3)
  })

  for (const text of QUERIES) {
    test(`finds what the model finds: ${text || '(all)'}`, async () => {
      const wanted = matching(text).map(record => record['@meta'].id)
      const found = await search(text)
      assert.deepEqual(idsOf(found).sort(), wanted.sort())
      const times = found.map(({ time }) => time)
      assert.deepEqual(
        times,
        times.toSorted((a, b) => b - a),
      )
      const oldest = await search(text, 'oldest', 700)
      assert.deepEqual(idsOf(oldest), idsOf(found).reverse())
    })
  }

  test('pages of any size are the same list', async () => {
    for (const text of ['failed', 'user.name:bob -program:cron']) {
      const all = idsOf(await search(text)).slice(0, 200)
      for (const limit of [1, 7, 100])
        assert.deepEqual(idsOf(await search(text, 'newest', limit, 1e9, 200)).slice(0, 200), all)
    }
  })

  test('an answer whose time is up goes on where it was, in both directions', async () => {
    for (const text of ['', 'failed', 'status>=500'])
      for (const direction of ['newest', 'oldest'] as const)
        assert.deepEqual(idsOf(await search(text, direction, 50, 0.01)), idsOf(await search(text, direction)))
  })

  test('times are exact, though keys of a crowded second had to move', async () => {
    for (const { time, body } of await search('number'))
      assert.equal(time, timeOf(JSON.parse(body) as LogRecord, NOW))
  })

  for (const [from, to] of [
    [-Infinity, Infinity],
    [START + 600_000, START + 1_800_000],
    [START + 61_500, START + 3_000_250],
  ] as const) {
    for (const text of ['', 'failed', 'host:web1 -sshd', 'status>=500']) {
      test(`counts over time what the model counts: ${text || '(all)'} from ${from} to ${to}`, async () => {
        for (const buckets of [1, 20, 1000]) {
          const query = parseQuery(text, NOW)
          const range = keyRange(from, to)
          const histogram = await countOverTime(
            reader.partitions(),
            { query, range, buckets, budget: 1e9 },
            forever,
          )
          const wanted = matching(text, from, to)
          const { step } = histogram!
          const counts = new Map<number, [number, number]>()
          for (const record of wanted) {
            const start = Math.floor(timeOf(record, NOW) / step) * step
            const count = counts.get(start) ?? [0, 0]
            count[0]++
            if (['err', 'crit'].includes(record.syslog_severity as string)) count[1]++
            counts.set(start, count)
          }
          const model = [...counts].map(([start, count]) => [start, ...count]).sort(([a], [b]) => a! - b!)
          assert.deepEqual(histogram!.buckets, model)
        }
      })
    }
  }

  test('an incomplete histogram covers the newest part, and the rest can be asked for', async () => {
    const ask = (text: string, to: number, budget: number) =>
      countOverTime(
        reader.partitions(),
        { query: parseQuery(text, NOW), range: keyRange(START, to), buckets: 60, budget },
        forever,
      )
    for (const text of ['failed', 'status>=500']) {
      let total = 0
      let to = START + 3_600_000
      for (let rounds = 0; ; rounds++) {
        // The first answer has no time at all, later ones more and more.
        const histogram = await ask(text, to, rounds === 0 ? 0 : 10 ** rounds)
        total += histogram?.buckets.reduce((sum, [, n]) => sum + n, 0) ?? 0
        if (!histogram || histogram.complete) break
        assert.ok(histogram.from <= to)
        to = histogram.from
      }
      assert.equal(total, matching(text, START, START + 3_600_000).length)
    }
  })

  test('counts the values of facets', async () => {
    for (const [text, from, to] of [
      ['', -Infinity, Infinity],
      ['', START + 600_000, START + 1_800_000],
      ['failed', -Infinity, Infinity],
      ['status>=500 host:web1', -Infinity, Infinity],
    ] as const) {
      const { counts, counted, complete } = await countFacets(
        reader.partitions(),
        { query: parseQuery(text, NOW), range: keyRange(from, to), most: 1e6, budget: 1e9 },
        forever,
      )
      const wanted = matching(text, from, to)
      assert.deepEqual([counted, complete], [wanted.length, true])
      FACETS.forEach((facet, n) => {
        const model: { [value: string]: number } = {}
        for (const record of wanted) {
          const value = facetOf(record, facet) as string | undefined
          if (value !== undefined) model[value] = (model[value] ?? 0) + 1
        }
        assert.deepEqual(Object.fromEntries(counts[n]!), model)
      })
    }
  })

  test('counts the newest ones when there are more than it may look at', async () => {
    const { counted, complete } = await countFacets(
      reader.partitions(),
      { query: parseQuery('number', NOW), range: keyRange(-Infinity, Infinity), most: 1000, budget: 1e9 },
      forever,
    )
    assert.deepEqual([counted, complete], [1000, false])
  })

  test('whoever gives up is not waited for', async () => {
    const request = {
      query: parseQuery('', NOW),
      range: keyRange(-Infinity, Infinity),
      direction: 'newest',
      limit: 10_000,
      budget: 1e9,
    } as const
    await assert.rejects(findPage(reader.partitions(), request, AbortSignal.abort()), { name: 'AbortError' })
  })
})

test('steps are those that people count in', () => {
  assert.deepEqual(
    [1, 60_000, 3_600_000, 86_400_000, 365 * 86_400_000, 100 * 365 * 86_400_000].map(range =>
      stepFor(range, 60),
    ),
    [10, 1000, 60_000, 1_800_000, 7 * 86_400_000, 630 * 86_400_000],
  )
})
