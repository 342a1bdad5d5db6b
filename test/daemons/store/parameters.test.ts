import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Context } from 'hono'
import { Parameters } from '../../../src/daemons/store/parameters.ts'
import { BadRequest } from '../../../src/lib/serve/parameters.ts'

// How addresses with mistakes are answered is in api.test.ts.
const KNOWN = ['q', 'from', 'to', 'limit']
const of = (query: string) =>
  new Parameters({ req: { url: `http://store/api/search${query}` } } as Context, KNOWN)

const EIGHT = Date.UTC(2026, 10, 21, 8)
const HOUR = 3_600_000

describe('a text', () => {
  for (const [query, text] of [
    ['', undefined],
    ['?q=', ''],
    ['?q=a%20b+c', 'a b c'],
    ['?q=%C3%BC%00', 'ü\u0000'],
  ] as const)
    test(`${query || 'nothing'}`, () => {
      assert.equal(of(query).text('q'), text)
    })
})

describe('a whole number', () => {
  for (const [written, number] of [
    ['1', 1],
    ['0100', 100],
    ['1000', 1000],
    ['1001', undefined],
    ['0', undefined],
    ['', undefined],
    ['-1', undefined],
    ['1e2', undefined],
    ['1.0', undefined],
    ['9999999999999999', undefined],
  ] as const)
    test(`limit=${written}`, () => {
      const read = () => of(`?limit=${written}`).integer('limit', 7, 1000)
      if (number !== undefined) assert.equal(read(), number)
      else
        assert.throws(read, error => {
          assert.ok(error instanceof BadRequest)
          assert.equal(error.message, 'limit is a whole number from 1 to 1000')
          return true
        })
    })

  test('that is not there is the one that was named', () => {
    assert.equal(of('').integer('limit', 7, 1000), 7)
  })
})

describe('what is asked of: the range narrowed by the times in the query', () => {
  for (const [query, from, to] of [
    ['', -Infinity, Infinity],
    ['?from=2026-11-21T08:00&to=2026-11-21T09:00', EIGHT, EIGHT + HOUR],
    ['?q=time>=2026-11-21T08:00', EIGHT, Infinity],
    ['?q=time>=2026-11-21T08:00&from=2026-11-21T07:00&to=2026-11-21T09:00', EIGHT, EIGHT + HOUR],
    ['?q=time<2026-11-21T08:00&from=2026-11-21T07:00&to=2026-11-21T09:00', EIGHT - HOUR, EIGHT],
    [`?from=${EIGHT}&to=`, EIGHT, Infinity],
  ] as const)
    test(`${query || 'nothing'}`, () => {
      const asked = of(query).asked()
      assert.deepEqual([asked.from, asked.to], [from, to])
      assert.equal(asked.query.kind, 'all', 'the times are in the range, and nowhere else')
    })
})
