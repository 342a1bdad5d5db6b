import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encode } from '../../../src/lib/msgpack/encode.ts'
import { readValues } from '../../../src/lib/msgpack/read-values.ts'
import type { Read } from '../../../src/lib/reader.ts'
import { createReader } from '../../support/reader.ts'

const MOST = 1_000

/** Reads a stream that comes in pieces, as a link does. */
function readPieces(pieces: readonly Buffer[]): { read: Read; kept: number } {
  const reader = createReader(500)
  const all: Read = { records: [], refused: [] }
  let rest: Buffer = Buffer.alloc(0)
  let kept = 0
  const take = (isLast: boolean) => {
    const { read, end, least } = readValues(rest, reader, isLast, MOST)
    all.records.push(...read.records)
    all.refused.push(...read.refused)
    assert.ok(least > rest.length - end || isLast, 'it would be asked again at once')
    rest = rest.subarray(end)
    kept = Math.max(kept, rest.length)
  }
  for (const piece of pieces) {
    rest = Buffer.concat([rest, piece])
    take(false)
  }
  take(true)
  assert.equal(rest.length, 0)
  return { read: all, kept }
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map(place => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, n) => bytes.subarray(at[n], end))
}

const places = fc.array(fc.nat(), { maxLength: 10 })

test('values and lines are read, wherever the stream is cut', () => {
  const value = fc.record({ n: fc.integer(), text: fc.string({ unit: 'binary', maxLength: 40 }) })
  const part = fc.oneof(
    value.map(one => ({ bytes: Buffer.from(encode(one)), record: { ...one } as object })),
    value.map(one => ({ bytes: Buffer.from(`${JSON.stringify(one)}\n`), record: { ...one } as object })),
    fc
      .stringMatching(/^[a-z]{1,20}$/)
      .map(text => ({ bytes: Buffer.from(`${text}\r\n`), record: { message: text } })),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), places, (parts, places) => {
      const { read } = readPieces(cut(Buffer.concat(parts.map(({ bytes }) => bytes)), places))
      const records = read.records.map(({ '@meta': _, ...fields }) => fields)
      assert.deepEqual(JSON.stringify(records), JSON.stringify(parts.map(({ record }) => record)))
    }),
  )
})

test('bug: a last line without an end was read for ever', () => {
  const { read } = readPieces([Buffer.from('abc')])
  assert.equal(read.records[0]!.message, 'abc')
})

test('whatever comes, nothing of it is left out, and no more is kept than may be', t => {
  const soup = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 30 }).map(bytes => Buffer.from(bytes)),
      fc.integer({ min: 0x80, max: 0xdf }).map(head => Buffer.from([head])),
      fc.constant(Buffer.from('\n')),
      fc.constant(Buffer.from(encode({ a: 1 }))),
      fc.constant(Buffer.from('81a161c60000ffff', 'hex')),
    ),
    { maxLength: 60 },
  )
  const check = fc.property(soup, places, (parts, places) => {
    const bytes = Buffer.concat(parts)
    const { read, kept } = readPieces(cut(bytes, places))
    assert.ok(kept <= MOST)
    const texts = [...read.records, ...read.refused.map(({ record }) => record)].filter(
      record => record['@meta'].bytes !== undefined,
    )
    for (const { '@meta': meta } of texts)
      assert.ok(bytes.includes(Buffer.from(meta.bytes!, 'base64')), 'bytes that did not come')
  })
  const outcome = fc.check(check, { numRuns: 1_000 })
  t.diagnostic(`seed ${outcome.seed}`)
  assert.ok(!outcome.failed, fc.defaultReportMessage(outcome))
})
