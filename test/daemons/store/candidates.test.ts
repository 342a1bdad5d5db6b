import assert from 'node:assert/strict'
import { test } from 'node:test'
import { candidatesOf } from '../../../src/daemons/store/candidates.ts'
import { timeRange, withoutTimes } from '../../../src/daemons/store/time-range.ts'
import { parseQuery } from '../../../src/lib/query/index.ts'

// Facet 0 is host: web1 (1), web2 (2), db1 (3); facet 2 is severity: err (4), info (5).
const TERMS = [
  [0, 'web1', 1],
  [0, 'web2', 2],
  [0, 'db1', 3],
  [2, 'err', 4],
  [2, 'info', 5],
] as const

const ask = (text: string) =>
  candidatesOf(parseQuery(text, 0), (facet, folded, prefix) =>
    TERMS.filter(([of, value]) => of === facet && (prefix ? value.startsWith(folded) : value === folded)).map(
      ([, , id]) => id,
    ),
  )

const term = (id: number) => `"\uE000${id}"`
const EVERY = '"\uE001"'

for (const [query, match] of [
  ['failed', '"failed"'],
  ['Failed password', '("failed" AND "password")'],
  ['"failed password"', '"failed password"'],
  ['pass*', '"pass" *'],
  ['a OR b', '("a" OR "b")'],
  ['a -b', '("a" NOT "b")'],
  ['a -b -c', '("a" NOT ("b" OR "c"))'],
  ['-b', `(${EVERY} NOT "b")`],
  ['-(-b)', '"b"'],
  ['host:WEB1', term(1)],
  ['host:web*', `(${term(1)} OR ${term(2)})`],
  ['host:(web1 OR db1) a', `((${term(1)} OR ${term(3)}) AND "a")`],
  ['-host:nobody a', '"a"'],
  ['severity<=err', term(4)],
  ['severity>debug', undefined],
] as const) {
  test(`the index is asked for ${query}`, () => {
    const { match: asked, exact } = ask(query)
    assert.deepEqual([asked, exact], [match, true])
  })
}

test('what the index does not know is looked at record by record', () => {
  assert.deepEqual(ask('user.name:"Alice B"'), { match: '"alice b"', possible: true, exact: false })
  assert.deepEqual(ask('status>=500 failed'), { match: '"failed"', possible: true, exact: false })
  // Records with the word may have it elsewhere than in the field.
  assert.deepEqual(ask('-user:alice'), { match: undefined, possible: true, exact: false })
  assert.deepEqual(ask('failed OR user:*'), { match: undefined, possible: true, exact: false })
})

test('a value that no record has needs no search', () => {
  for (const query of ['host:nobody', 'host:nobody a', 'host:nobody OR host:none'])
    assert.equal(ask(query).possible, false, query)
  assert.equal(ask('host:nobody OR a').match, '"a"')
})

test('what is quoted cannot become syntax of the index', () => {
  assert.equal(ask('"a\\" OR b"').match, '"a or b"')
})

test('times that all must have become a range', () => {
  const query = parseQuery('time>=2026-01-01 time<2026-01-02 failed', 0)
  assert.deepEqual(timeRange(query), { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 2) })
  assert.equal(candidatesOf(withoutTimes(query), () => []).exact, true)
  // Only some must have it.
  const some = parseQuery('time>=2026-01-01 OR failed', 0)
  assert.equal(timeRange(some).from, Number.NEGATIVE_INFINITY)
})
