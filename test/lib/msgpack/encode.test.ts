import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { parseJson } from '../../../src/lib/json.ts'
import { encode } from '../../../src/lib/msgpack/encode.ts'
import { decodeAll } from '../../support/msgpack.ts'

const hex = (record: object) => Buffer.from(encode(record)).toString('hex')
const again = (record: object) => decodeAll(Buffer.from(encode(record))).values[0]

test('a record is a map of what its JSON says', () => {
  assert.equal(
    hex({ a: 1, b: 'é', c: [true, null], d: -1, e: 1.5 }),
    '85a16101a162a2c3a9a16392c3c0a164ffa165cb3ff8000000000000',
  )
  assert.equal(hex({ received: 1_795_241_105_786 }), '81a87265636569766564cf000001a1fcb5597a')
  assert.equal(hex({ a: undefined, b: () => 1, c: Symbol('c') }), '80')
  assert.deepEqual(again({ at: new Date(0), none: Number.NaN }), {
    at: '1970-01-01T00:00:00.000Z',
    none: null,
  })
})

test('numbers keep their value, as far as there are such numbers', () => {
  const table = [
    ['18446744073709551615', 'cfffffffffffffffff'],
    ['-9223372036854775808', 'd38000000000000000'],
    ['9007199254740993', 'cf0020000000000001'],
    ['1e19', 'cf8ac7230489e80000'],
    ['1.0e3', 'cd03e8'],
    ['1e-3', 'cb3f50624dd2f1a9fc'],
    ['1e300', 'cb7e37e43c8800759c'],
    ['0.50000000000000000', 'cb3fe0000000000000'],
    ['-0e0', '00'],
    // What a double prints so is another number, 1234567890123456768.
    ['1234567890123456800', 'cf112210f47de98120'],
    ['100000000000000000000', 'cb4415af1d78b58c40'],
    // None of 64 bits, and no double: texts.
    ['18446744073709551616', 'b43138343436373434303733373039353531363136'],
    ['0.12345678901234567', 'b3302e3132333435363738393031323334353637'],
    ['1e400', 'a53165343030'],
  ]
  for (const [number, bytes] of table)
    assert.equal(
      hex(parseJson(`{"a":${number},"b":4294967296}`) as object),
      `82a161${bytes}a162cf0000000100000000`,
      number,
    )
})

test('half a surrogate pair becomes a mark, wherever it stands', () => {
  for (const record of [
    { 'k\ud800': 1 },
    { a: 'x\udc00' },
    { a: ['\ud800', 'y'.repeat(100)] },
    { a: { b: `${'z'.repeat(60)}\ud800` } },
  ])
    assert.deepEqual(again(record), JSON.parse(JSON.stringify(record).replace(/\\ud[8-f]../g, '\ufffd')))
})

test('what has no JSON, or cannot be read again, is refused', () => {
  const cycle: { [key: string]: unknown } = {}
  cycle.a = cycle
  assert.throws(() => encode(cycle))
  assert.throws(() => encode({ a: 1n }))
  const deep = (levels: number) => JSON.parse(`{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`)
  assert.deepEqual(again(deep(500)), deep(500))
  assert.throws(() => encode(deep(503)))
})

test('every record comes back as it was', t => {
  const number = fc.stringMatching(/^(-?[1-9]\d{0,8}\.\d{0,4}[1-9]|0|-?[1-9]\d{0,17}|1[0-7]\d{18})$/)
  const text = fc.string({ unit: 'grapheme', maxLength: 80 }).map(one => JSON.stringify(one))
  const key = text.filter(one => one !== '"__proto__"')
  const { value } = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      number,
      fc.constantFrom('true', 'false', 'null'),
      fc.array(tie('value'), { maxLength: 20 }).map(all => `[${all.join(',')}]`),
      fc
        .array(fc.tuple(key, tie('value')), { maxLength: 20 })
        .map(all => `{${all.map(pair => pair.join(':')).join(',')}}`),
    ),
  }))
  const check = fc.property(value, json => {
    const record = parseJson(`{"a":${json}}`) as object
    const bytes = Buffer.from(encode(record))
    assert.equal(JSON.stringify(decodeAll(bytes).values[0]), JSON.stringify(record))
    // For somebody else's decoder too.
    decode(bytes, { useBigInt64: true })
  })
  const outcome = fc.check(check, { numRuns: 2_000 })
  t.diagnostic(`seed ${outcome.seed}`)
  assert.ok(!outcome.failed, fc.defaultReportMessage(outcome))
})
