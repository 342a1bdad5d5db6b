import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identify, identifyAll, withoutBytes } from '../../../src/lib/engine/identify.ts'
import type { LogRecord } from '../../../src/lib/record.ts'

const origin: LogRecord = { '@meta': { id: 'a', peer: '192.0.2.1:1' }, message: 'text' }

test('nothing is nothing; the record itself stays itself', () => {
  assert.deepEqual(identifyAll(undefined, origin), [])
  assert.deepEqual(identifyAll(null, origin), [])
  assert.deepEqual(identifyAll([], origin), [])
  assert.equal(identifyAll(origin, origin)[0], origin)
})

test('what has no @meta gets that of its origin; the parts of a split get ordinals', () => {
  assert.deepEqual(identifyAll({ b: 1 }, origin), [{ '@meta': origin['@meta'], b: 1 }])
  assert.deepEqual(identifyAll([{ b: 1 }], origin), [{ '@meta': origin['@meta'], b: 1 }])
  const ids = identifyAll([origin, origin, { b: 1 }], origin).map(record => record['@meta'].id)
  assert.deepEqual(ids, ['a.0', 'a.1', 'a.2'])
})

const noRecords: { [what: string]: unknown } = {
  'a text': 'x',
  'an empty text': '',
  'a number': 0,
  'a boolean': false,
  'a list in a list': [[{}]],
  'a list of promises': [Promise.resolve({})],
  'a Map': new Map(),
  'a Date': new Date(),
  'an object with a toJSON of its own': { toJSON: () => 'x' },
  'a list with a hole': [{}, undefined],
  'a @meta that is a list': { '@meta': [] },
  'a @meta whose id is no text': { '@meta': { id: 5 } },
}
for (const [what, returned] of Object.entries(noRecords)) {
  test(`${what} is no record`, () => {
    assert.throws(() => identifyAll(returned as LogRecord, origin), TypeError)
  })
}

test('an object without prototype is a record', () => {
  const bare = Object.assign(Object.create(null), { message: 'x' })
  assert.deepEqual({ ...identify(bare, origin, 'a') }, { '@meta': origin['@meta'], message: 'x' })
})

test('withoutBytes leaves the rest', () => {
  const record: LogRecord = { '@meta': { id: 'a', bytes: 'AA==', peer: 'p' }, message: 'x' }
  assert.deepEqual(withoutBytes(record), { '@meta': { id: 'a', peer: 'p' }, message: 'x' })
})
