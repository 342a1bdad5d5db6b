import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseEndpoint } from '../../../src/lib/endpoint.ts'
import { parseJson } from '../../../src/lib/json.ts'
import { encode } from '../../../src/lib/msgpack/encode.ts'
import { readMessage } from '../../../src/lib/msgpack/read-message.ts'
import { partMessage, shortTopic } from '../../../src/lib/pubsub/message.ts'
import { Publication } from '../../../src/lib/pubsub/publication.ts'
import { createReader } from '../../support/reader.ts'

const buffers = (...texts: (string | Uint8Array)[]) => texts.map(text => Buffer.from(text as string))

/** What becomes of the message of a publisher. */
function read(...frames: (string | Uint8Array)[]) {
  const { topic, payloads } = partMessage(buffers(...frames))
  const reader = createReader()
  const { records } = readMessage(payloads, reader, topic)
  return { topic, records, counted: reader.counted }
}

test('topic and event, in one frame or in two', () => {
  for (const frames of [['click {"a":1}'], ['click', '{"a":1}'], ['click', encode({ a: 1 })]]) {
    const { topic, records, counted } = read(...frames)
    assert.equal(topic, 'click')
    assert.deepEqual(records, [{ '@meta': { id: 'm1', received: 1000, topic: 'click' }, a: 1 }])
    assert.deepEqual(counted, {})
  }
})

test('a record that has its id is as it was', () => {
  const record = { '@meta': { id: 'x', received: 5 }, type: 'click' }
  assert.deepEqual(read(`click ${JSON.stringify(record)}`).records, [record])
  assert.deepEqual(read('click', encode(record)).records, [record])
})

test('a topic is looked at whole, and kept as far as a record has room for it', () => {
  const long = `${'x'.repeat(1023)}äa`
  for (const frames of [[`${long} {}`], [long, '{}']]) assert.equal(read(...frames).topic, long)
  assert.equal(shortTopic(long), `${'x'.repeat(1023)}\ufffd`)
  assert.equal(shortTopic('äa'), 'äa')
  assert.equal(shortTopic(undefined), undefined)
})

test('what has no topic, and what is no event', () => {
  const meta = { id: 'm1', received: 1000 }
  const table: [string[] | Uint8Array[], object][] = [
    [['{"a": 1}'], { '@meta': meta, a: 1 }],
    [[encode({ a: ' ' })], { '@meta': meta, a: ' ' }],
    [['hello'], { '@meta': meta, message: 'hello' }],
    [['weather 10001 72F'], { '@meta': { ...meta, topic: 'weather' }, message: '10001 72F' }],
    [['ping', ''], { '@meta': { ...meta, topic: 'ping' }, message: '' }],
    [[' {"a":1}'], { '@meta': meta, a: 1 }],
    [['{x {"a":1}'], { '@meta': { ...meta, topic: '{x' }, a: 1 }],
    [['a {"bad":'], { '@meta': { ...meta, topic: 'a' }, message: '{"bad":' }],
    [['a {"b":\n1}'], { '@meta': { ...meta, topic: 'a' }, b: 1 }],
    [['a [1]'], { '@meta': { ...meta, topic: 'a' }, message: '[1]' }],
  ]
  for (const [frames, record] of table) assert.deepEqual(read(...frames).records, [record])
  assert.deepEqual(read().records, [])
  assert.deepEqual(
    read('t', '{"a":1}', '{"a":2}').records.map(({ a }) => a),
    [1, 2],
  )
  assert.deepEqual(read('a {"bad":').counted, { notJson: 1 })
})

test('whatever is published is read as it was', () => {
  const endpoints = ['', '?format=frames', '?encoding=msgpack', '?format=frames&encoding=msgpack'].map(
    query => parseEndpoint(`pub+tcp://h:1${query}`, 'push', 'connect'),
  )
  const field = fc.string({ unit: 'grapheme' }).filter(name => name !== '__proto__' && name !== '@meta')
  const fields = fc.dictionary(field, fc.oneof(field, fc.integer(), fc.boolean()))
  fc.assert(
    fc.property(fields, fc.string({ unit: 'binary' }), (fields, type) => {
      const record = parseJson(
        JSON.stringify({ '@meta': { id: 'x', received: 1 }, ...fields, type }),
      ) as never
      for (const endpoint of endpoints) {
        const publication = new Publication(endpoint, 1024 * 1024)
        const start = publication.startOf(record)
        const frames = publication.framesOf(record, start)
        assert.ok(Array.isArray(frames))
        assert.ok(frames[0]!.toString().startsWith(start))
        assert.deepEqual(read(...frames).records, [record])
      }
    }),
  )
})

test('bug: a record as large as it may be was refused because of the topic before it', () => {
  for (const query of ['', '?format=frames', '?encoding=msgpack']) {
    const endpoint = parseEndpoint(`pub+tcp://h:1${query}`, 'push', 'connect')
    const record = { '@meta': { id: 'x' }, type: 'pageview', text: 'x'.repeat(900) }
    const size = query.includes('msgpack') ? encode(record).length : JSON.stringify(record).length
    const framesOf = (max: number) => {
      const publication = new Publication(endpoint, max)
      return publication.framesOf(record, publication.startOf(record))
    }
    assert.ok(Array.isArray(framesOf(size)), query)
    assert.deepEqual(framesOf(size - 1), {
      record,
      reason: 'oversize',
      detail: `${size} bytes, --max-record is ${size - 1}`,
    })
  }
})
