import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { test } from 'node:test'
import fc from 'fast-check'
import { Batch } from '../../src/lib/batch.ts'
import { type Fields, isMeta, type LogRecord, originalBytes } from '../../src/lib/record.ts'
import { estimateSize } from '../../src/lib/size.ts'
import { createReader } from '../support/reader.ts'

const read = (text: string | Buffer, reader = createReader()) => Batch.fromBytes(Buffer.from(text), reader)
const minted = (n: number) => ({ id: `m${n}`, received: 1000 })

test('lines that are objects are records, all others are messages', () => {
  const reader = createReader()
  const batch = read('{"a":1}\nplain text\n[1]\n7\n"x"\nnull\n  {"b":2} \n', reader)
  assert.deepEqual(batch.records, [
    { '@meta': minted(1), a: 1 },
    { '@meta': minted(2), message: 'plain text' },
    { '@meta': minted(3), message: '[1]' },
    { '@meta': minted(4), message: '7' },
    { '@meta': minted(5), message: '"x"' },
    { '@meta': minted(6), message: 'null' },
    { '@meta': minted(7), b: 2 },
  ])
  assert.deepEqual(reader.counted, {})
})

test('a line that begins like an object and is none is counted', () => {
  const reader = createReader()
  assert.deepEqual(
    read('{"a":\n{not json}\n', reader).records.map(({ message }) => message),
    ['{"a":', '{not json}'],
  )
  assert.deepEqual(reader.counted, { notJson: 2 })
})

test('empty lines are skipped, CR is stripped, the last LF may be missing', () => {
  for (const text of ['a\nb\n', 'a\nb', '\n\na\n\nb\n\n', 'a\r\nb\r\n', 'a\r\n\r\n\r\nb', '\r\na\nb\r']) {
    const batch = read(text)
    const messages = batch.records.map(({ message }) => message)
    assert.deepEqual(messages, ['a', 'b'], JSON.stringify(text))
    assert.equal(read(text).count, 2, JSON.stringify(text))
  }
  assert.deepEqual(read('a\rb\n').records[0]!.message, 'a\rb')
  for (const text of ['', '\n', '\r\n', '\n\r\n']) {
    assert.equal(read(text).count, 0)
    assert.deepEqual(read(text).records, [])
  }
})

test('lines of any length are read in pieces, each once and in order', () => {
  const lengths = [0, 100, 5_000, 8_191, 8_192, 8_193, 20_000, 3, 8_000, 150, 40_000, 1]
  const messages = Array.from({ length: 300 }, (_, n) => `${n}é"`.padEnd(lengths[n % lengths.length]!, '日'))
  for (const end of ['\n', '\r\n']) {
    const lines = messages.map((message, n) =>
      JSON.stringify({
        '@meta': { id: `id-${n}`, received: 1, peer: 'p' },
        message: n % 3 ? message : message.replace('"', ''),
      }),
    )
    const expected = lines.map(line => JSON.parse(line) as LogRecord)
    assert.deepEqual(read(lines.join(end)).records, expected)
  }
})

test("a link's @meta is honoured where it is sound", () => {
  const table: [string, Fields, string | undefined][] = [
    ['{"@meta":{"id":"x"},"a":1}', { '@meta': { id: 'x' }, a: 1 }, undefined],
    ['{"@meta":{"id":"x","own":[1]},"a":1}', { '@meta': { id: 'x', own: [1] }, a: 1 }, undefined],
    ['{"@meta":{"received":5}}', { '@meta': { id: 'm1', received: 5 } }, undefined],
    ['{"@meta":{}}', { '@meta': minted(1) }, undefined],
    ['{"@meta":{"id":7},"a":1}', { '@meta': minted(1), a: 1, _meta: { id: 7 } }, 'strangersMeta'],
    ['{"@meta":"x"}', { '@meta': minted(1), _meta: 'x' }, 'strangersMeta'],
    ['{"@meta":null}', { '@meta': minted(1), _meta: null }, 'strangersMeta'],
  ]
  for (const [line, record, counted] of table) {
    const reader = createReader()
    assert.deepEqual(read(line, reader).records, [record], line)
    assert.deepEqual(Object.keys(reader.counted), counted ? [counted] : [], line)
  }
})

test('a field named __proto__ passes through and pollutes nothing', () => {
  const line = '{"@meta":{"id":"x"},"__proto__":{"admin":true},"constructor":{"prototype":1}}'
  const [record] = read(line).records
  assert.equal(record!.admin, undefined)
  assert.equal(({} as Fields).admin, undefined)
  assert.equal(Batch.fromRecords([record!]).encode(1000).batch.bytes.toString(), `${line}\n`)
  assert.equal(read('{"__proto__":{"@meta":{"id":"forged"}}}').records[0]!['@meta'].id, 'm1')
})

test('bytes that are no UTF-8 are kept, and only the lines that hold them are', () => {
  const reader = createReader()
  const bad = Buffer.from([0x61, 0xff, 0x62])
  const batch = read(
    Buffer.concat([Buffer.from('{"a":1}\nä\n'), bad, Buffer.from('\n{"x":"'), bad, Buffer.from('"}\n')]),
    reader,
  )
  assert.deepEqual(batch.records, [
    { '@meta': minted(1), a: 1 },
    { '@meta': minted(2), message: 'ä' },
    { '@meta': { ...minted(3), bytes: bad.toString('base64') }, message: 'a\ufffdb' },
    {
      '@meta': {
        ...minted(4),
        bytes: Buffer.concat([Buffer.from('{"x":"'), bad, Buffer.from('"}')]).toString('base64'),
      },
      message: '{"x":"a\ufffdb"}',
    },
  ])
  assert.deepEqual(reader.counted, { invalidUtf8: 2 })
})

test('a line over the limit is refused, in bytes of UTF-8', () => {
  const table: [string, boolean][] = [
    ['x'.repeat(100), false],
    ['x'.repeat(101), true],
    ['ä'.repeat(50), false],
    [`${'ä'.repeat(50)}x`, true],
    ['€'.repeat(34), true],
  ]
  for (const [line, over] of table) {
    const batch = Batch.fromBytes(Buffer.from(`before\n${line}\nafter\n`), createReader(100))
    assert.equal(batch.count, 3)
    assert.deepEqual(
      batch.records.map(({ message }) => message),
      over ? ['before', 'after'] : ['before', line, 'after'],
    )
    assert.deepEqual(
      batch.refused.map(({ record, reason }) => [record.message, reason]),
      over ? [[line, 'oversize']] : [],
    )
    assert.equal(batch.count, 3)
  }
})

test('a refused line keeps the id that it came with', () => {
  const line = `{"@meta":{"id":"x"},"a":"${'x'.repeat(100)}"}`
  assert.equal(Batch.fromBytes(Buffer.from(line), createReader(100)).refused[0]!.record['@meta'].id, 'x')
})

test('a text frame is one message, whatever it holds', () => {
  for (const text of ['one\ntwo\r\n', '{"a":1}', '', '\n']) {
    const batch = Batch.fromText(Buffer.from(text), createReader())
    assert.equal(batch.count, 1)
    assert.equal(batch.size, text.length)
    assert.deepEqual(batch.records, [{ '@meta': minted(1), message: text }])
  }
  const bad = Batch.fromText(Buffer.from([0xff]), createReader())
  assert.equal(bad.records[0]!['@meta'].bytes, '/w==')
  const large = Batch.fromText(Buffer.alloc(101, 'x'), createReader(100))
  assert.equal(large.count, 1)
  assert.deepEqual([large.records.length, large.refused[0]!.reason], [0, 'oversize'])
})

test('what nobody looks into is forwarded as it came', () => {
  const bytes = Buffer.from(' {"b": 2,  "a":1e400} \nplain\n')
  const batch = Batch.fromBytes(bytes, createReader())
  assert.equal(batch.bytes, bytes)
  assert.equal(batch.encode(1).batch, batch)
  assert.equal(batch.size, bytes.length)
})

test('a batch of objects has no bytes before it is encoded', () => {
  assert.throws(() => Batch.fromRecords([]).bytes, /before encode/)
  assert.throws(() => Batch.fromText(Buffer.from('x'), createReader()).bytes, /before encode/)
  assert.equal(
    Batch.fromText(Buffer.from('x'), createReader()).encode(1000).batch.bytes.toString(),
    '{"@meta":{"id":"m1","received":1000},"message":"x"}\n',
  )
})

test('encode leaves out what is too large and what cannot be written', () => {
  const cycle: LogRecord = { '@meta': { id: 'cycle' } }
  cycle.self = cycle
  const records: LogRecord[] = [
    { '@meta': { id: 'a' } },
    { '@meta': { id: 'large' }, message: 'x'.repeat(100) },
    cycle,
    { '@meta': { id: 'big' }, n: 10n },
    {
      '@meta': { id: 'getter' },
      get n() {
        throw new Error('no')
      },
    },
    { '@meta': { id: 'silent' }, toJSON: () => undefined },
    { '@meta': { id: 'b' } },
  ]
  const { batch, refused } = Batch.fromRecords(records).encode(100)
  assert.equal(batch.bytes.toString(), '{"@meta":{"id":"a"}}\n{"@meta":{"id":"b"}}\n')
  assert.deepEqual(batch.records, [records[0], records[6]])
  assert.equal(batch.count, 2)
  assert.deepEqual(
    refused.map(({ record, reason }) => [record['@meta'].id, reason]),
    [
      ['large', 'oversize'],
      ['cycle', 'unwritable'],
      ['big', 'unwritable'],
      ['getter', 'unwritable'],
      ['silent', 'unwritable'],
    ],
  )
  assert.ok(refused.every(({ detail }) => detail))
})

test('lines that were refused when they were read are refused when they are encoded', () => {
  const text = Batch.fromText(Buffer.alloc(101, 'x'), createReader(100))
  const { batch, refused } = text.encode(1000)
  assert.deepEqual([batch.count, batch.bytes.length, refused.length], [0, 0, 1])
})

test('bug: the size of an object that is a cycle, or deeper than the stack, overflowed the stack', () => {
  const cycle: LogRecord = { '@meta': { id: 'x' } }
  cycle.a = cycle
  cycle.b = [cycle, cycle]
  let deep: Fields = {}
  for (let level = 0; level < 100_000; level++) deep = { deep }
  for (const record of [cycle, { '@meta': { id: 'x' }, deep }]) {
    assert.ok(Batch.fromRecords([record]).size > 0)
    assert.equal(Batch.fromRecords([record]).encode(1e9).refused[0]!.reason, 'unwritable')
  }
  const throwing = {
    get a() {
      throw new Error('no')
    },
  }
  assert.equal(typeof estimateSize(throwing), 'number')
})

// Keys and values as hostile as JSON allows.
const key = fc.oneof(
  fc.string(),
  fc.constantFrom('@meta', '_meta', '__proto__', 'constructor', 'message', 'rawJSON'),
)
const fields = fc.dictionary(key, fc.jsonValue(), { noNullPrototype: false })
const record = fc.tuple(fc.stringMatching(/^[A-Za-z0-9_~.-]{1,20}$/), fields).map(([id, rest]) => {
  const { '@meta': _, ...others } = rest
  return { '@meta': { id }, ...others } as LogRecord
})

test('records are the same after they were bytes', () => {
  fc.assert(
    fc.property(fc.array(record), records => {
      const { batch, refused } = Batch.fromRecords(records).encode(Number.POSITIVE_INFINITY)
      assert.deepEqual(refused, [])
      const back = Batch.fromBytes(batch.bytes, createReader())
      assert.equal(back.count, records.length)
      assert.deepEqual(
        back.records.map(one => JSON.stringify(one)),
        records.map(one => JSON.stringify(one)),
      )
    }),
  )
})

test('the size of objects is about that of their bytes', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1 }), records => {
      const bytes = Batch.fromRecords(records).encode(Number.POSITIVE_INFINITY).batch.size
      const estimate = Batch.fromRecords(records).size
      assert.ok(estimate * 8 >= bytes && estimate <= bytes * 8 + 64, `${estimate} for ${bytes}`)
    }),
  )
})

const anyBytes = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', '\r\n', '\r', '{', '}', '{"a":1}', '"', '{"@meta":', ' ', 'ä'),
      fc.uint8Array({ maxLength: 5 }),
    ),
  )
  .map(pieces => Buffer.concat(pieces.map(piece => Buffer.from(piece as string))))

test('of any bytes, every line that is not empty becomes one record or one refusal, and is not lost', () => {
  fc.assert(
    fc.property(anyBytes, fc.integer({ min: 1, max: 20 }), (bytes, maxRecord) => {
      const counted = Batch.fromBytes(bytes, createReader(maxRecord)).count
      const batch = Batch.fromBytes(bytes, createReader(maxRecord))
      const all = [...batch.records, ...batch.refused.map(({ record }) => record)]
      assert.equal(batch.count, counted)
      assert.equal(all.length, counted)
      assert.ok(all.every(one => isMeta(one['@meta']) && one['@meta'].id))
      const lines = bytes
        .toString('latin1')
        .split('\n')
        .map(line => line.replace(/\r$/, ''))
        .filter(Boolean)
      assert.equal(lines.length, counted)
      const texts = all
        .filter(one => Object.keys(one).join() === '@meta,message')
        .map(one => originalBytes(one).toString('latin1'))
      assert.ok(texts.every(text => lines.includes(text)))
    }),
    { numRuns: 500 },
  )
})

test('batches joined are their records in order, counted once, whichever form they have', () => {
  const kind = fc.constantFrom('bytes', 'read', 'text', 'objects')
  fc.assert(
    fc.property(
      fc.array(fc.tuple(kind, fc.array(record, { maxLength: 3 })), { minLength: 1, maxLength: 5 }),
      parts => {
        const reader = createReader()
        const batches = parts.map(([kind, records]) => {
          const encoded = Batch.fromRecords(records).encode(1e9).batch.bytes
          if (kind === 'objects') return Batch.fromRecords(records)
          if (kind === 'text') return Batch.fromText(encoded, reader)
          const batch = Batch.fromBytes(encoded, reader)
          if (kind === 'read') assert.equal(batch.records.length, records.length)
          return batch
        })
        const size = batches.reduce((sum, batch) => sum + batch.size, 0)
        const joined = Batch.join(batches)
        const expected = parts.reduce(
          (sum, [kind, records]) => sum + (kind === 'text' ? 1 : records.length),
          0,
        )
        assert.equal(joined.count, expected)
        assert.equal(joined.size, size)
        const ids = joined.records.map(one => one['@meta'].id)
        assert.deepEqual(
          ids,
          batches.flatMap(batch => batch.records.map(one => one['@meta'].id)),
        )
        assert.equal(joined.count, expected)
        const { batch: encoded, refused } = joined.encode(1e9)
        assert.deepEqual(refused, [])
        assert.equal(Batch.fromBytes(encoded.bytes, reader).count, expected)
      },
    ),
  )
})

test('a copy of joined batches is read from its own bytes: those of the others may be gone', () => {
  const came = [Buffer.from('{"a":1}\nb\n'), Buffer.from('c\n'), Buffer.from('{"d":4}\n')]
  const reader = createReader()
  const joined = Batch.join(came.map(bytes => Batch.fromBytes(bytes, reader)))
  const { batch: copy } = Batch.join([joined, read('e')]).encode(1e6, bytes => Buffer.from(bytes))
  for (const bytes of came) bytes.fill('x')
  assert.deepEqual(
    copy.records.map(({ '@meta': _, ...fields }) => fields),
    [{ a: 1 }, { message: 'b' }, { message: 'c' }, { d: 4 }, { message: 'e' }],
  )
})

test('joined bytes stay bytes', () => {
  const batch = Batch.join([read('{"a":1}'), read('b\n\nc')])
  assert.equal(batch.bytes.toString(), '{"a":1}\nb\n\nc\n')
  assert.ok(isUtf8(batch.bytes))
  assert.equal(batch.count, 3)
  const one = read('x')
  assert.equal(Batch.join([one]), one)
})

test('refused lines stay refused when batches are joined', () => {
  const joined = Batch.join([
    Batch.fromBytes(Buffer.from('{"long":1}\nok\n'), createReader(5)),
    Batch.fromText(Buffer.from('longer'), createReader(5)),
    Batch.fromRecords([{ '@meta': { id: 'x' } }]),
  ])
  assert.deepEqual([joined.count, joined.records.length, joined.refused.length], [4, 2, 2])
})

test('bug: what a filter nests deeper than is read was written, and could not be read again', () => {
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
  const records = [499, 500].map(
    levels => ({ '@meta': { id: `d${levels}` }, deep: deep(levels) }) as LogRecord,
  )
  const { batch, refused } = Batch.fromRecords(records).encode(1e6)
  assert.deepEqual(
    refused.map(({ record, reason }) => [record['@meta'].id, reason]),
    [['d500', 'unwritable']],
  )
  assert.equal(batch.records[0]!['@meta'].id, 'd499')
})
