import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '../../../src/lib/msgpack/encode.ts'
import { readMessage } from '../../../src/lib/msgpack/read-message.ts'
import { createReader } from '../../support/reader.ts'

test('MessagePack that goes wrong: what came before is a record, the rest a text with its bytes', () => {
  const bytes = Buffer.concat([encode({ a: 1 }), Buffer.from([0x81, 0xc1])])
  const reader = createReader()
  const { records } = readMessage([bytes], reader, 't')
  assert.equal(records[0]!.a, 1)
  assert.equal(records[1]!['@meta'].bytes, Buffer.from([0x81, 0xc1]).toString('base64'))
  assert.deepEqual(reader.counted, { notMsgpack: 1, invalidUtf8: 1 })
  // Windows-1252 quotes.
  const quoted = Buffer.from([0x93, 0x61, 0x94])
  assert.equal(readMessage([quoted], createReader()).records[0]!['@meta'].bytes, quoted.toString('base64'))
})

test('bug: of a value that goes wrong in its middle, what stood before that was lost', () => {
  const bytes = Buffer.from('80 82a16101 a162c1'.replaceAll(' ', ''), 'hex')
  const [first, rest] = readMessage([bytes], createReader(), 't').records
  assert.deepEqual(first, { '@meta': { id: 'm1', received: 1000, topic: 't' } })
  assert.equal(rest!['@meta'].bytes, bytes.subarray(1).toString('base64'))
})

test('bug: many small values were refused because all of them together were over --max-record', () => {
  const value = Buffer.from(encode({ a: 1 }))
  const large = Buffer.from(encode({ a: 'x'.repeat(100) }))
  const bytes = Buffer.concat([...Array(40).fill(value), large, value])
  const { records, refused } = readMessage([bytes], createReader(50))
  assert.equal(records.length, 41)
  assert.deepEqual(
    refused.map(({ record, reason }) => [record.a, reason]),
    [['x'.repeat(100), 'oversize']],
  )
})

test('of more values than a message may hold, the rest is one dead letter with its bytes', () => {
  const bytes = Buffer.alloc(100_010, 0x80)
  const { records, refused } = readMessage([bytes], createReader(1000), 't')
  assert.equal(records.length, 100_000)
  assert.deepEqual(
    refused.map(({ record, reason }) => [record['@meta'].bytes, record['@meta'].topic, reason]),
    [[bytes.subarray(100_000).toString('base64'), 't', 'too-many']],
  )
})

test('bug: frames of a message were not counted, and a million empty ones stopped everything for seconds', () => {
  const frames = [...Array.from({ length: 50_000 }, () => Buffer.from('{}')), Buffer.alloc(50_010, 0x80)]
  const { records, refused } = readMessage(
    [...frames, Buffer.from('{}'), Buffer.from(' {}')],
    createReader(),
    't',
  )
  assert.equal(records.length, 100_000)
  assert.deepEqual(
    refused.map(({ record, reason }) => [record['@meta'].bytes ?? record.message, reason]),
    [
      [Buffer.alloc(10, 0x80).toString('base64'), 'too-many'],
      ['{} {}', 'too-many'],
    ],
  )
})

test('an event over --max-record is refused whole', () => {
  const { records, refused } = readMessage([Buffer.from(`{"a":"${'x'.repeat(100)}"}`)], createReader(50))
  assert.deepEqual([records.length, refused[0]!.reason], [0, 'oversize'])
})
