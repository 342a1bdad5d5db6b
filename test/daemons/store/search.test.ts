// The store against a model that looks at each record: the same answers, whatever lies in which partition.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Cursor } from '../../../src/daemons/store/cursor.ts'
import { countFacets } from '../../../src/daemons/store/facets.ts'
import { countOverTime, stepFor } from '../../../src/daemons/store/histogram.ts'
import { keyRange } from '../../../src/daemons/store/key.ts'
import { FACETS, partitionsIn } from '../../../src/daemons/store/layout.ts'
import type { Direction } from '../../../src/daemons/store/partition-reader.ts'
import { type Opened, StoreReader } from '../../../src/daemons/store/reader.ts'
import { facetOf, isSevere, rowsOf } from '../../../src/daemons/store/row.ts'
import type { Located } from '../../../src/daemons/store/scan.ts'
import { findPage } from '../../../src/daemons/store/search.ts'
import { StoreWriter } from '../../../src/daemons/store/writer.ts'
import { createMatcher, filingTime, parseQuery } from '../../../src/lib/query/index.ts'
import type { LogRecord } from '../../../src/lib/record.ts'

const TOTAL = 9_000
const START = Date.UTC(2026, 9, 1)
const NOW = START + 3_600_000
const WORDS = ['failed', 'password', 'accepted', 'connection', 'refused', 'from', 'for', 'über', 'Straße']
const SEVERITIES = ['err', 'warning', 'info', 'debug', 'crit']
const forever = new AbortController().signal

const bigNumber = (JSON as unknown as { rawJSON(text: string): object }).rawJSON

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
    '@timestamp':
      n % 1009 === 5 ? '1905-01-01T00:00:00Z' : n % 1013 === 5 ? 'hello 7' : new Date(time).toISOString(),
    syslog_severity: n % 89 === 0 ? 'ERROR' : n % 83 === 0 ? 3 : SEVERITIES[n % 5],
    ...(n % 79 === 0 && { level: 'emerg' }),
    host: n % 97 === 0 ? ['web1', 'WEB2', `only${n % 5}`] : `web${n % 12}`,
    ...(n % 500 === 7 && { host: Array.from({ length: 30 }, (_, i) => `many${i}`) }),
    ...(n % 101 === 0 && { trace: bigNumber('12345678901234567890') }),
    syslog_program: n % 3 === 0 ? 'sshd' : 'cron',
    status: (n * 37) % 600,
    user: { name: n % 50 === 0 ? 'Alice B' : 'bob' },
    ...(n % 100 === 0 && { tags: ['red', 'blue'] }),
    message: `${WORDS[n % 9]} ${WORDS[(n * 5) % 9]} ${WORDS[(n >> 3) % 9]} number ${n}${' padding'.repeat(20)}`,
  }
}

const rows = (some: LogRecord[]) =>
  rowsOf(
    some,
    some.map(record => JSON.stringify(record)),
    NOW,
  )

const records = Array.from({ length: TOTAL }, (_, n) => recordOf(n))
const matching = (text: string, from = -Infinity, to = Infinity) => {
  const matches = createMatcher(parseQuery(text, NOW))
  return records.filter(record => {
    const time = filingTime(record, NOW)
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
  ...[
    'trace:12345678901234567890',
    'host:many3',
    'host:many29',
    '-host:many29 failed',
    'host:web2',
    'level:emerg',
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
      const { keys } = writer.write(rows(records.slice(n, n + 500)))
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

  /** Asks it of all partitions. */
  const ask = <Q, R>(
    question: (opened: readonly Opened[], request: Q, signal: AbortSignal) => Promise<R>,
    request: Q,
    signal: AbortSignal,
  ) => reader.ask(opened => question(opened, request, signal))

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
      const page = await ask(
        findPage,
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

  const nested = (levels: number) =>
    Array.from({ length: levels }).reduce<string>(
      (inner, _, n) => `(-failed ${n % 2 ? 'OR' : ''} ${inner})`,
      'refused',
    )
  const many = (before = '') =>
    Array.from({ length: 250 }, (_, n) => `${before}${n % 9 ? `x${n}` : WORDS[n % 5]}`)
  for (const [what, text] of [
    ['as many words as may be', many().join(' ')],
    ['as many alternatives', many().join(' OR ')],
    ['as many exclusions', many('-').join(' ')],
    ['as long a phrase', `"${many().join(' ')}"`],
    ['as many levels', nested(23)],
    ['as many fields', `${many('host:').join(' OR ')} OR host:web1`],
    ['as many beginnings', Array.from('abcdefghijklmnop', letter => `${letter}*`).join(' OR ')],
  ] as const) {
    test(`the index takes a query of ${what} as the language allows`, async () => {
      const wanted = matching(text).length
      assert.equal((await search(text)).length, wanted)
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
      assert.equal(time, filingTime(JSON.parse(body) as LogRecord, NOW))
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
          const histogram = await ask(countOverTime, { query, range, buckets, budget: 1e9 }, forever)
          const wanted = matching(text, from, to)
          const { step } = histogram!
          const counts = new Map<number, [number, number]>()
          for (const record of wanted) {
            const start = Math.floor(filingTime(record, NOW) / step) * step
            const count = counts.get(start) ?? [0, 0]
            count[0]++
            if (isSevere(facetOf(record, 'severity'))) count[1]++
            counts.set(start, count)
          }
          const model = [...counts].map(([start, count]) => [start, ...count]).sort(([a], [b]) => a! - b!)
          assert.deepEqual(histogram!.buckets, model)
        }
      })
    }
  }

  test('an incomplete histogram covers the newest part, and the rest can be asked for', async () => {
    const histogramOf = (text: string, to: number, budget: number) =>
      ask(
        countOverTime,
        { query: parseQuery(text, NOW), range: keyRange(START, to), buckets: 60, budget },
        forever,
      )
    for (const text of ['failed', 'status>=500']) {
      let total = 0
      let to = START + 3_600_000
      for (let rounds = 0; ; rounds++) {
        // The first answer has no time at all, later ones more and more.
        const histogram = await histogramOf(text, to, rounds === 0 ? 0 : 10 ** rounds)
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
      const { counts, counted, complete } = await ask(
        countFacets,
        { query: parseQuery(text, NOW), range: keyRange(from, to), most: 1e6, budget: 1e9 },
        forever,
      )
      const wanted = matching(text, from, to)
      assert.deepEqual([counted, complete], [wanted.length, true])
      FACETS.forEach((facet, n) => {
        const model: { [value: string]: number } = {}
        for (const record of wanted) {
          for (const value of [facetOf(record, facet) ?? []].flat()) model[value] = (model[value] ?? 0) + 1
        }
        assert.deepEqual(Object.fromEntries(counts[n]!), model)
      })
    }
  })

  test('counts the newest ones when there are more than it may look at', async () => {
    const { counted, complete } = await ask(
      countFacets,
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
    await assert.rejects(ask(findPage, request, AbortSignal.abort()), { name: 'AbortError' })
  })
})

test('steps are those that people count in, and never make more buckets than asked for', () => {
  const day = 86_400_000
  const step = (range: number, from = 0) => stepFor(from, from + range, 60)
  assert.deepEqual(
    [1, 60_000, 3_600_000, day, 365 * day].map(range => step(range)),
    [10, 1000, 60_000, 1_800_000, 7 * day],
  )
  assert.equal(step(60_000, 500), 2000, 'its ends are in two buckets of their own')
  assert.equal(step(100 * 365 * day) % (30 * day), 0)
})
