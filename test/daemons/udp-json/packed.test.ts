import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import type { Reason } from '../../../src/daemons/udp-json/events.ts'
import { eventsOfPacked } from '../../../src/daemons/udp-json/packed.ts'

function read(...parts: readonly (Uint8Array | readonly number[])[]) {
  const { events, bad } = eventsOfPacked(Buffer.concat(parts.map(part => Buffer.from(part as Uint8Array))))
  return { events, bad: bad.map(({ text, reason }) => [reason, bytesOf(text)] as [Reason, Buffer]) }
}

function bytesOf({ message, bytes }: { message: string; bytes?: string }): Buffer {
  return bytes === undefined ? Buffer.from(message) : Buffer.from(bytes, 'base64')
}

const EVENT = { type: 'pageview', data: { account: 'acme', n: [1, -2, 1.5, null, true] } }
/** A map with the key `__proto__`. */
const PROTOTYPE = Buffer.from('\x81\xa9__proto__\x01', 'latin1')
const packed = encode(EVENT)
/** 2^64 - 1. */
const LARGE = [0x81, 0xa1, 0x6e, 0xcf, ...new Array(8).fill(0xff)]

describe('the events of MessagePack', () => {
  test('one, several, lists of them', () => {
    assert.deepEqual(read(packed), { events: [EVENT], bad: [] })
    assert.deepEqual(read(packed, encode({ a: 1 }), packed).events, [EVENT, { a: 1 }, EVENT])
    assert.deepEqual(read(encode([EVENT, { a: 1 }]), packed).events, [EVENT, { a: 1 }, EVENT])
    const many = Array.from({ length: 20 }, (_, n) => ({ n }))
    assert.deepEqual(read(encode(many)).events, many)
    assert.deepEqual(read([0xdd, 0, 0, 0, 1, 0x80]).events, [{}])
    assert.deepEqual(read([0x90]), { events: [], bad: [] })
    assert.deepEqual(read([0x80]), { events: [{}], bad: [] })
  })

  test('numbers stay what they are', () => {
    assert.equal(JSON.stringify(read(LARGE).events), '[{"n":18446744073709551615}]')
  })

  const BAD: [
    what: string,
    parts: (Uint8Array | readonly number[])[],
    events: object[],
    bad: [Reason, number][],
  ][] = [
    ['cut off', [packed.subarray(0, -1)], [], [['not-msgpack', packed.length - 1]]],
    ['cut off behind a whole one', [packed, packed.subarray(0, 5)], [EVENT], [['not-msgpack', 5]]],
    ['a list that is cut off', [[0x93], packed, packed], [], [['not-msgpack', 1 + 2 * packed.length]]],
    ['a list of something else', [encode([EVENT, 2])], [], [['not-object', packed.length + 2]]],
    ['a value between', [packed, encode('text'), packed], [EVENT, EVENT], [['not-object', 5]]],
    ['0xc1', [packed, [0xc1], packed], [EVENT], [['not-msgpack', 1 + packed.length]]],
    ['a key that would be a prototype', [PROTOTYPE, packed], [EVENT], [['not-object', 12]]],
    ['more values than there are bytes', [[0xdf, 0xff, 0xff, 0xff, 0xff, 0x80]], [], [['not-msgpack', 6]]],
    ['a list in a list in a list …', [new Uint8Array(60_000).fill(0x91)], [], [['not-msgpack', 60_000]]],
    ['a map in a map in a map …', [new Uint8Array(60_000).fill(0x81)], [], [['not-msgpack', 60_000]]],
  ]
  for (const [what, parts, events, bad] of BAD) {
    test(`bad: ${what}`, () => {
      const got = read(...parts)
      assert.deepEqual(got.events, events)
      assert.deepEqual(
        got.bad.map(([reason, bytes]) => [reason, bytes.length]),
        bad,
      )
    })
  }

  test('of very many bad ones the first stand alone, and all the rest is one', () => {
    const { events, bad } = read([0x80], new Uint8Array(65_000).fill(0xc0), packed)
    assert.deepEqual(events, [{}])
    assert.deepEqual(
      bad.map(([reason, bytes]) => [reason, bytes.length]),
      [...Array(16).fill(['not-object', 1]), ['not-object', 65_000 - 16 + packed.length]],
    )
    assert.equal(read(new Uint8Array(16).fill(0xc0), packed).events.length, 1)
  })

  test('property: what was cut off anywhere is the events before it, and the rest', () => {
    const event = fc.dictionary(
      fc.string({ minLength: 1 }).filter(key => key !== '__proto__'),
      fc.jsonValue(),
      {
        noNullPrototype: true,
      },
    )
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 5 }), fc.nat(), (list, cut) => {
        const parts = list.map(one => Buffer.from(encode(one)))
        const all = Buffer.concat(parts)
        const length = (cut % all.length) + 1
        const { events, bad } = read(all.subarray(0, length))
        let whole = 0
        let rest = length
        while (whole < parts.length && rest >= parts[whole]!.length) rest -= parts[whole++]!.length
        assert.equal(events.length, whole)
        assert.deepEqual(
          bad.map(([, bytes]) => bytes),
          rest === 0 ? [] : [all.subarray(length - rest, length)],
        )
      }),
      { seed: 9, numRuns: 500 },
    )
  })

  test('property: junk never throws, and is never more than it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), junk => {
        const { events, bad } = read(junk)
        assert.ok(events.length <= junk.length)
        assert.ok(bad.reduce((sum, [, bytes]) => sum + bytes.length, 0) <= junk.length)
        JSON.stringify(events)
      }),
      { seed: 9, numRuns: 3000 },
    )
  })
})
