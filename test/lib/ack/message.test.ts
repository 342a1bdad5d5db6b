import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CONTROL_ROOM,
  costOf,
  decode,
  encodeAck,
  encodeAlive,
  encodeBatch,
  encodeBye,
  encodeHello,
  encodeReset,
  type Message,
  NotTheProtocol,
} from '../../../src/lib/ack/message.ts'

const read = (text: string) => decode(Buffer.from(text))

test('what is written is read', () => {
  const records = Buffer.from('{"a":1}\n{"b":2}\n')
  const messages: [Buffer, Message][] = [
    [
      encodeHello({ role: 'push', sender: '9b1c', from: 40 }),
      { type: 'hello', role: 'push', sender: '9b1c', from: 40 },
    ],
    [
      encodeHello({ role: 'pull', credit: 0, max: 8_388_608 }),
      { type: 'hello', role: 'pull', credit: 0, max: 8_388_608 },
    ],
    [encodeBatch(42, 1795241105786, records), { type: 'batch', number: 42, at: 1795241105786, records }],
    [encodeAlive(43), { type: 'alive', from: 43 }],
    [
      encodeAck([{ number: 41 }, { number: 42, receipt: { stored: 250, 'dropped:buffer-full': 6 } }], 5),
      {
        type: 'ack',
        acks: [{ number: 41 }, { number: 42, receipt: { stored: 250, 'dropped:buffer-full': 6 } }],
        credit: 5,
      },
    ],
    [encodeReset('why'), { type: 'reset', why: 'why' }],
    [encodeBye(), { type: 'bye' }],
  ]
  for (const [frame, message] of messages) assert.deepEqual(decode(frame), message)
})

test('the documented examples are read, and so are other keys and other controls', () => {
  assert.deepEqual(read('{"batch":1}\nline'), { type: 'batch', number: 1, records: Buffer.from('line') })
  assert.deepEqual(read('{"batch":1}'), { type: 'batch', number: 1, records: Buffer.alloc(0) })
  assert.deepEqual(read('{"batch":1,"at":"noon","more":[]}\n'), {
    type: 'batch',
    number: 1,
    records: Buffer.alloc(0),
  })
  assert.deepEqual(read('{"ack":[]}'), { type: 'ack', acks: [] })
  assert.deepEqual(read('{"pause":true}'), { type: 'unknown' })
})

test('what is no message says what is wrong with it', () => {
  const cases: [string, RegExp][] = [
    ['', /not JSON/],
    ['GET / HTTP/1.1', /not JSON/],
    ['[1]', /not a JSON object/],
    ['null', /not a JSON object/],
    ['{"hello":2,"role":"push","sender":"a","from":1}', /version 2; this is 1/],
    ['{"hello":1,"role":"both"}', /"push" or "pull"/],
    ['{"hello":1,"role":"push","sender":"a b","from":1}', /a sender is/],
    ['{"hello":1,"role":"push","sender":"a","from":0}', /"from" is a whole number from 1 on/],
    ['{"hello":1,"role":"pull","credit":-1,"max":9999}', /"credit"/],
    ['{"hello":1,"role":"pull","credit":1,"max":10}', /"max" is a whole number from 1024 on/],
    ['{"batch":1.5}', /"batch"/],
    ['{"batch":"1"}', /"batch"/],
    ['{"alive":true}', /"from"/],
    ['{"ack":1}', /an ack is a list/],
    ['{"ack":["1"]}', /numbers and/],
    ['{"ack":[[0,{}]]}', /numbers and/],
    [`{"reset":"${'x'.repeat(2 ** 20)}"}`, /more than 1 MiB/],
  ]
  for (const [text, why] of cases) {
    assert.throws(
      () => read(text),
      error => error instanceof NotTheProtocol && why.test(error.message),
      text.slice(0, 60),
    )
  }
})

test('a receipt of which something is not sound is none: then all is stored', () => {
  for (const receipt of [7, null, [], { stored: -1 }, { stored: 1.5 }, { lost: 1 }, { 'dropped:': 1 }]) {
    assert.deepEqual(read(JSON.stringify({ ack: [[3, receipt]] })), { type: 'ack', acks: [{ number: 3 }] })
  }
})

test('no frame does anything but be read or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), bytes => {
      try {
        decode(Buffer.from(bytes))
      } catch (error) {
        assert.ok(error instanceof NotTheProtocol, String(error))
      }
    }),
    { numRuns: 2000 },
  )
})

test('a batch costs what its frame has, and 1 KiB at least', () => {
  assert.deepEqual([costOf(1), costOf(1024), costOf(1025)], [1024, 1024, 1025])
  const control = encodeBatch(Number.MAX_SAFE_INTEGER, 8.64e15, Buffer.alloc(0))
  assert.ok(control.length <= CONTROL_ROOM, `${control.length} bytes`)
})
