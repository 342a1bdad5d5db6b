import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from '../../../src/lib/json.ts'
import { encode } from '../../../src/lib/msgpack/encode.ts'
import { decodeAll } from '../../support/msgpack.ts'

const bytesOf = (hex: string) => Buffer.from(hex.replace(/ /g, ''), 'hex')
/** A map of one key, `a`, with what is written in hexadecimal. */
const a = (hex: string) => bytesOf(`81 a1 61 ${hex}`)
const json = (bytes: Buffer) => JSON.stringify(decodeAll(bytes).values)

// The values are those of the specification (msgpack/spec.md), written by hand.
test('each form of each type is read', () => {
  const table: [string, unknown][] = [
    ['c0', null],
    ['c2', false],
    ['c3', true],
    ['07', 7],
    ['ff', -1],
    ['cc ff', 255],
    ['cd ffff', 65_535],
    ['ce ffffffff', 4_294_967_295],
    ['cf 0000 019f ffff ffff', 1_786_706_395_135],
    ['d0 80', -128],
    ['d1 8000', -32_768],
    ['d2 80000000', -2_147_483_648],
    ['d3 ffff ffff 0000 0000', -4_294_967_296],
    ['ca 3fc00000', 1.5],
    ['cb 3ff199999999999a', 1.1],
    ['a2 c3a9', 'é'],
    ['d9 01 78', 'x'],
    ['da 0001 78', 'x'],
    ['db 00000001 78', 'x'],
    ['92 01 02', [1, 2]],
    ['dc 0002 01 02', [1, 2]],
    ['dd 00000002 01 02', [1, 2]],
    ['90', []],
    ['80', {}],
    ['81 a1 62 c0', { b: null }],
    ['de 0001 a1 62 c0', { b: null }],
    ['df 00000001 a1 62 c0', { b: null }],
    ['c4 02 ff00', '/wA='],
    ['c5 0002 ff00', '/wA='],
    ['c6 00000002 ff00', '/wA='],
    ['c4 00', ''],
  ]
  for (const [hex, value] of table) assert.deepEqual(decodeAll(a(hex)).values, [{ a: value }], hex)
})

test('numbers that no double holds come as they are; what JSON has no number for is a text', () => {
  const table = [
    ['cf ffffffffffffffff', '18446744073709551615'],
    ['d3 8000000000000000', '-9223372036854775808'],
    ['cf 0020000000000001', '9007199254740993'],
    ['cf 001fffffffffffff', '9007199254740991'],
    ['cb 7ff8000000000000', '"NaN"'],
    ['cb fff0000000000000', '"-Infinity"'],
    ['ca 7f800000', '"Infinity"'],
  ]
  for (const [hex, text] of table) assert.equal(json(a(hex!)), `[{"a":${text}}]`)
})

test('timestamps are ISO texts, to the nanosecond', () => {
  const table = [
    ['d6 ff 00000000', '1970-01-01T00:00:00.000Z'],
    ['d6 ff ffffffff', '2106-02-07T06:28:15.000Z'],
    ['d7 ff 1d5353006a79d17d', '2026-08-10T13:26:21.123Z'],
    // 1 ns, 123456 µs.
    ['d7 ff 00000004 00000000', '1970-01-01T00:00:00.000000001Z'],
    ['c7 0c ff 075bca00 0000000000000000', '1970-01-01T00:00:00.123456Z'],
    ['c7 0c ff 00000000 ffffffffffffffff', '1969-12-31T23:59:59.000Z'],
  ]
  for (const [hex, text] of table) {
    const [value] = decodeAll(a(hex!)).values
    assert.equal(value?.a, text)
  }
})

test('keys are texts, also those that came as binary or as whole numbers', () => {
  assert.equal(
    json(bytesOf('83 c4 01 61 01  05 02  cf 00000001 00000000 03')),
    '[{"5":2,"a":1,"4294967296":3}]',
  )
})

test('values stand one behind the other', () => {
  assert.deepEqual(decodeAll(bytesOf('81a16101 81a16102 80')).values, [{ a: 1 }, { a: 2 }, {}])
  assert.deepEqual(decodeAll(Buffer.alloc(0)), { values: [], rest: 0 })
})

test('what is before a fault is kept, and the fault says where and why; the rest begins with its value', () => {
  const table: [string, number, RegExp][] = [
    ['80 81a161', 1, /the value that begins here has no end/],
    ['80 81a161c1', 4, /0xc1 begins no value/],
    ['80 81a161 a1ff', 4, /not UTF-8/],
    ['80 81 a1ff 01', 2, /not UTF-8/],
    ['80 81a161 d40500', 4, /extension type 5 is not known here/],
    ['80 81a161 d5ff0000', 4, /timestamp that is no time/],
    ['80 81a161 d7ff ffffffff00000000', 4, /timestamp that is no time/],
    ['80 81a161 c70cff 00000000 7fffffffffffffff', 4, /timestamp that is no time/],
    ['80 9101', 1, /not a map, but a list/],
    ['80 05', 1, /not a map, but a single value/],
    ['80 c403616263', 1, /not a map, but a single value/],
    ['80 81 c0 01', 1, /a key that is neither a text nor a whole number/],
    ['80 81 9101 01', 1, /a key that is neither/],
    ['80 81 cb3ff8000000000000 01', 1, /a key that is neither/],
    [`80 81 a9 ${Buffer.from('__proto__').toString('hex')} 80`, 1, /__proto__/],
    [`80 81 c409 ${Buffer.from('__proto__').toString('hex')} 80`, 1, /__proto__/],
    [`80 81a161 ${'91'.repeat(500)}01`, 503, /nested deeper than 500 levels/],
  ]
  for (const [hex, at, why] of table) {
    const { values, fault, rest } = decodeAll(bytesOf(hex))
    assert.deepEqual(values, [{}], hex)
    assert.match(fault?.message ?? '', why, hex)
    assert.ok(fault?.message.startsWith(`byte ${at}: `), fault?.message)
    assert.equal(rest, 1, hex)
  }
})

test('it is read as deep as JSON is, and no deeper', () => {
  const deep = bytesOf(`81a161${'91'.repeat(499)}01`)
  assert.deepEqual(parseJson(json(deep).slice(1, -1)), decodeAll(deep).values[0])
})

test('a few bytes take no memory', () => {
  const promise = (head: string, times: number) => bytesOf(`81a161${head.repeat(times)}`)
  const hostile = [
    promise('dd01ffffff', 1),
    promise('ddffffffff', 1),
    promise('df7fffffff', 1),
    promise('dc7530', 400),
    promise('dd00010000', 12_000),
    promise('dbffffffff', 1),
    promise('c9ffffffff', 1),
    promise('91', 60_000),
  ]
  const before = process.memoryUsage()
  for (const bytes of hostile) for (let n = 0; n < 20; n++) assert.deepEqual(decodeAll(bytes).values, [])
  const after = process.memoryUsage()
  const grown = after.heapTotal + after.external - before.heapTotal - before.external
  assert.ok(grown < 16 * 2 ** 20, `${grown} bytes`)
})

test('whatever comes, it ends, says where, and leaves nothing behind', t => {
  const soup = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0x80, max: 0xdf }).map(head => Buffer.from([head])) },
      { weight: 2, arbitrary: fc.uint8Array({ maxLength: 9 }).map(bytes => Buffer.from(bytes)) },
      {
        weight: 1,
        arbitrary: fc.constant(Buffer.from('a9', 'hex')).map(head => Buffer.concat([head, PROTO])),
      },
    ),
    { maxLength: 40 },
  )
  const message = fc.tuple(fc.constantFrom('', '80', '81a161', '82a16191', '91'), soup)
  const check = fc.property(message, ([start, parts]) => {
    const bytes = Buffer.concat([Buffer.from(start, 'hex'), ...parts])
    const { values, fault, rest } = decodeAll(bytes)
    assert.ok(fault ? rest < bytes.length && fault.message.length > 8 : rest === bytes.length)
    assert.ok(values.length <= bytes.length)
    // What was read has JSON, and can be written again.
    for (const value of values) {
      const text = JSON.stringify(value)
      assert.equal(JSON.stringify(parseJson(text)), text)
      assert.equal(json(Buffer.from(encode(value))), `[${text}]`)
    }
    assert.equal(Object.keys(Object.prototype).length, 0)
  })
  const outcome = fc.check(check, { numRuns: 5_000 })
  t.diagnostic(`seed ${outcome.seed}`)
  assert.ok(!outcome.failed, fc.defaultReportMessage(outcome))
})

test('what is cut off anywhere is missed, and what stood before it is not', () => {
  const value = { a: [1, { b: 'x'.repeat(300) }, 2 ** 40, null], c: 1.5, d: { e: '' } }
  const whole = Buffer.from(encode(value))
  for (let end = 1; end < whole.length; end++) {
    const { values, fault, rest } = decodeAll(Buffer.concat([whole, whole.subarray(0, end)]))
    assert.deepEqual(values, [value])
    assert.match(fault!.message, /has no end/)
    assert.equal(rest, whole.length)
  }
})

const PROTO = Buffer.from('__proto__')
