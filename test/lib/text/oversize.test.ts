import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Context } from '../../../src/lib/daemon.ts'
import type { LogRecord } from '../../../src/lib/record.ts'
import { LineFraming } from '../../../src/lib/text/line-framing.ts'
import { type Oversize, TextRecords } from '../../../src/lib/text/oversize.ts'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
console.log(`seed: SEED=${seed}`)

const MAX_RECORD = 512

/** Makes records of the lines that are pushed. */
function open(oversize: Oversize) {
  const rejected: { record: LogRecord; reason: string; detail: string | undefined }[] = []
  let ids = 0
  let oversized = 0
  const context = {
    maxRecord: MAX_RECORD,
    id: () => `id${ids++}`,
    count: () => oversized++,
    reject(record: LogRecord, reason: string, detail?: string) {
      rejected.push({ record, reason, detail })
    },
  } as unknown as Context<'oversize'>
  const texts = new TextRecords({
    context,
    oversize,
    meta: { peer: '127.0.0.1:9' },
    fields: { stream: 'out' },
  })
  texts.received = 5
  const lines = new LineFraming(texts.most, texts.piece)
  return { lines, texts, rejected, oversized: () => oversized }
}

/** What becomes of lines. */
function recordsOf(oversize: Oversize, ...chunks: (string | Buffer)[]) {
  const { lines, texts, rejected, oversized } = open(oversize)
  for (const chunk of chunks) lines.push(Buffer.from(chunk))
  lines.end()
  const records = texts.take()
  assert.deepEqual(texts.take(), [])
  return { records, rejected, oversized: oversized(), most: texts.most }
}

const LONG = 'x'.repeat(700)

test('a line is a record', () => {
  const { records, oversized } = recordsOf('reject', 'one\n\ntwo\n')
  const meta = { received: 5, peer: '127.0.0.1:9' }
  assert.deepEqual(records, [
    { '@meta': { id: 'id0', ...meta }, message: 'one', stream: 'out' },
    { '@meta': { id: 'id1', ...meta }, message: 'two', stream: 'out' },
  ])
  assert.equal(oversized, 0)
})

test('truncate keeps the beginning, and says how long it was', () => {
  const { records, oversized, most } = recordsOf('truncate', `${LONG}\nnext\n`)
  assert.deepEqual(
    records.map(record => [record.message, record['@meta'].truncated]),
    [
      [LONG.slice(0, most), 700],
      ['next', undefined],
    ],
  )
  assert.equal(oversized, 1)
})

test('split makes records whose ids and marks say what belongs together', () => {
  const { records, oversized } = recordsOf('split', `${LONG}\nnext\n`)
  assert.equal(records.map(({ message }) => message).join(''), `${LONG}next`)
  assert.ok(records.length > 2)
  const parts = records.slice(0, -1)
  parts.forEach(({ '@meta': meta }, n) => {
    assert.equal(meta.id, `id0.${n}`)
    assert.equal(meta.part, n)
    assert.equal(meta.parts, n === parts.length - 1 ? parts.length : undefined)
  })
  assert.equal(records.at(-1)!['@meta'].part, undefined)
  assert.equal(oversized, 1)
})

test('reject makes a dead letter with the beginning', () => {
  const { records, rejected, oversized } = recordsOf('reject', `${LONG}\nnext\n`)
  assert.deepEqual(
    records.map(({ message }) => message),
    ['next'],
  )
  assert.equal(rejected.length, 1)
  assert.equal(rejected[0]!.reason, 'oversize')
  assert.equal(rejected[0]!.detail, `700 bytes, --max-record is ${MAX_RECORD}`)
  assert.ok(LONG.startsWith(rejected[0]!.record.message as string))
  assert.equal(oversized, 1)
})

test('what JSON makes longer counts as long as it is there', () => {
  const { most } = recordsOf('truncate', 'x\n')
  const { records } = recordsOf('truncate', `${'"'.repeat(most)}\n`)
  assert.equal(records[0]!['@meta'].truncated, most)
})

test('a line of exactly a piece, whose CR makes one byte more, is whole', () => {
  const { most } = recordsOf('truncate', 'x\n')
  for (const policy of ['truncate', 'split', 'reject'] as const) {
    const { records, oversized, rejected } = recordsOf(policy, 'x'.repeat(most), '\r', '\n')
    assert.equal(rejected.length, 0)
    assert.equal(oversized, 0, policy)
    assert.deepEqual(
      records.map(({ message, '@meta': meta }) => [message, meta.id, meta.part]),
      [['x'.repeat(most), 'id0', undefined]],
    )
  }
})

test('whatever comes: records are not too long, and split loses nothing', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 1500, minLength: 300 }).map(written => Buffer.from(written)),
    fc.uint8Array({ maxLength: 1500, minLength: 300 }).map(array => Buffer.from(array)),
    fc
      .constantFrom('"'.repeat(900), '\u0001'.repeat(400), '😀'.repeat(300))
      .map(written => Buffer.from(written)),
  )
  const property = fc.property(text, fc.integer({ min: 1, max: 400 }), (bytes, size) => {
    const line = bytes.map(byte => (byte === 10 || byte === 13 ? 32 : byte)) as Buffer
    const chunks: Buffer[] = []
    for (let at = 0; at < line.length; at += size) chunks.push(Buffer.from(line.subarray(at, at + size)))
    for (const policy of ['truncate', 'split', 'reject'] as const) {
      const { records, rejected } = recordsOf(policy, ...chunks, '\n')
      for (const record of [...records, ...rejected.map(one => one.record)])
        assert.ok(Buffer.byteLength(JSON.stringify(record)) <= MAX_RECORD)
      if (policy !== 'split') continue
      const parts = records.map(({ '@meta': meta, message }) =>
        meta.bytes ? Buffer.from(meta.bytes, 'base64') : Buffer.from(message as string),
      )
      assert.deepEqual(Buffer.concat(parts), Buffer.from(line))
    }
  })
  fc.assert(property, { seed, numRuns: 400 })
})

test('a source may have ids of its own for its texts, parts of them included', () => {
  const context = {
    maxRecord: MAX_RECORD,
    count: () => {},
    id: () => assert.fail(),
  } as unknown as Context<'oversize'>
  const texts: TextRecords = new TextRecords({ context, oversize: 'split', id: () => `at${lines.begin}` })
  const lines = new LineFraming(texts.most, texts.piece)
  lines.push(Buffer.from(`one\n${LONG}\nthree\n`))
  const ids = texts.take().map(record => record['@meta'].id)
  assert.deepEqual([ids[0], ids[1], ids[2], ids.at(-1)], ['at0', 'at4.0', 'at4.1', 'at705'])
})

for (const oversize of ['truncate', 'split', 'reject'] as const) {
  test(`${oversize}: what is kept of a text that goes on is known, and nothing is when it has ended`, () => {
    const { lines, texts } = open(oversize)
    const most = texts.most
    lines.push(Buffer.alloc(100_000, 'x'))
    texts.take()
    assert.ok(texts.held >= most / 2 && texts.held < 4 * most, `${texts.held}`)
    lines.push(Buffer.from('\n'))
    texts.take()
    assert.equal(texts.held, 0)
  })
}
