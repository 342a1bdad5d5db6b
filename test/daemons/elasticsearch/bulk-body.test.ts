import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BulkBody } from '../../../src/daemons/elasticsearch/bulk-body.ts'
import { createDocuments } from '../../../src/daemons/elasticsearch/document.ts'
import { Batch } from '../../../src/lib/batch.ts'
import type { LogRecord } from '../../../src/lib/record.ts'
import { createReader } from '../../support/reader.ts'

const copy = (bytes: Buffer) => Buffer.from(bytes)
const linesOf = (records: LogRecord[]) => Batch.fromRecords(records).toLines(1e9, copy).batch
const arrived = (...lines: string[]) => Batch.fromBytes(Buffer.from(`${lines.join('\n')}\n`), createReader())

const INDICES = ['logs', 'logs-%Y.%m.%d', '%H-%Y']
const METAS = ['keep', 'drop'] as const

/** What a body has to be, by the slow way. */
function expected(index: string, meta: 'keep' | 'drop', records: readonly LogRecord[]): string {
  return records.map(createDocuments(index, meta)).join('')
}

const value = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '}',
    '}},"',
    '{',
    '\\"',
    '},"@timestamp":"2020-01-01T00:00:00Z"',
    '"bytes"',
    '\u2028',
    'ä\n',
  ),
  fc.jsonValue(),
)
const time = fc.oneof(
  fc.constantFrom(
    '2026-02-28T23:59:59.999Z',
    '2026-03-01T00:30:00+02:00',
    '2026-02-28T23:00Z',
    'x',
    '\\',
    '',
  ),
  fc
    .date({ min: new Date(0), max: new Date('2099-01-01'), noInvalidDate: true })
    .map(date => date.toISOString()),
  fc.integer(),
)
const meta = fc.record(
  {
    id: fc.stringMatching(/^[A-Za-z0-9_~.-]{1,120}$/),
    received: fc.integer({ min: 0, max: 4e12 }),
    peer: fc.string(),
    bytes: fc.base64String({ minLength: 4 }),
    dead: fc.dictionary(fc.string(), value, { noNullPrototype: false }),
    '@timestamp': time,
    other: value,
  },
  { requiredKeys: ['id'], noNullPrototype: true },
)
const record = fc
  .tuple(
    meta,
    fc.option(time, { nil: undefined }),
    fc.dictionary(fc.string(), value, { noNullPrototype: false }),
    fc.boolean(),
  )
  .map(([meta, time, fields, first]) => {
    const { '@meta': _, ...rest } = fields
    const timed = time === undefined ? {} : { '@timestamp': time }
    return { '@meta': meta, ...(first ? timed : {}), ...rest, ...timed } as unknown as LogRecord
  })

test('copied lines are the documents that their records are, byte for byte', () => {
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 5 }),
      fc.constantFrom(...INDICES),
      fc.constantFrom(...METAS),
      (records, index, meta) => {
        const lines = linesOf(records)
        const read = Array.from({ length: lines.count }, (_, n) => lines.record(n))
        const body = new BulkBody(index, meta)
        assert.equal(body.ofAll(lines).toString(), expected(index, meta, read))
        const some = read.map((_, n) => n).filter(n => n % 2 === 0)
        assert.equal(
          body.of(lines, some, new Set(some.slice(1))).toString(),
          expected(
            index,
            meta,
            some.map(n => read[n]!),
          ),
        )
      },
    ),
    { numRuns: 500 },
  )
})

test('a line as the suite writes it is copied, and not read', t => {
  const line =
    '{"@meta":{"id":"a1","received":5,"peer":"[::1]:9"},"@timestamp":"2026-10-11T22:14:15.000Z","n":1.50}'
  const lines = arrived(line, line)
  t.mock.method(lines, 'record', () => assert.fail('it was read'))
  const head = '{"create":{"_index":"logs-2026.10.11","_id":"a1"}}\n'
  assert.equal(
    new BulkBody('logs-%Y.%m.%d', 'keep').ofAll(lines).toString(),
    `${head}${line}\n`.repeat(2),
    'a number keeps its zero',
  )
  assert.equal(
    new BulkBody('logs-%Y.%m.%d', 'drop').ofAll(lines).toString(),
    `${head}{"@timestamp":"2026-10-11T22:14:15.000Z","n":1.50}\n`.repeat(2),
  )
})

test('a line that looks only at first like one of ours is read', () => {
  const long = 'x'.repeat(121)
  const table: [string, string][] = [
    // Not a character of an id, none at all, too many.
    ['{"@meta":{"id":"a b"},"n":1}', '"_meta":{"id":"a b"}'],
    ['{"@meta":{"id":""},"n":1}', '"_meta":{"id":""}'],
    [`{"@meta":{"id":"${long}"},"n":1}`, `"_meta":{"id":"${long}"}`],
    ['{"@meta":{"id":"a\\u0022"},"n":1}', '"_meta":{"id":"a\\""}'],
  ]
  for (const [line, has] of table) {
    const body = new BulkBody('logs', 'keep').ofAll(arrived(line)).toString()
    assert.match(body, /^\{"create":\{"_index":"logs","_id":"m1"\}\}\n/, line)
    assert.ok(body.includes(has), body)
  }
})

test('bug: a line that ended in its time was looked through for ever, or took the time of the next one', () => {
  for (const rest of ['', '2026', '2026-10-11T22:14:15.000Z']) {
    const cut = `{"@meta":{"id":"a1"},"@timestamp":"${rest}`
    const next = '{"@meta":{"id":"a2"},"n":"2026-10-11T22:14:15.000Z"}'
    for (const given of [[cut], [cut, next], [next, cut]]) {
      const lines = arrived(...given)
      const body = new BulkBody('logs-%Y', 'keep').ofAll(lines).toString()
      assert.equal(body, expected('logs-%Y', 'keep', lines.records))
      assert.ok(body.includes(JSON.stringify({ message: cut }).slice(1)), body)
    }
  }
})

test('the memory of a body is used again once it was given back', () => {
  const body = new BulkBody('logs', 'keep')
  const lines = linesOf([{ '@meta': { id: 'a' } }])
  const first = body.ofAll(lines)
  const second = body.ofAll(lines)
  assert.notEqual(first.buffer, second.buffer, 'not before')
  body.release(first)
  assert.equal(body.ofAll(lines).buffer, first.buffer)
})
