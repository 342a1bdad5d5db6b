import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from '../../src/lib/json.ts'
import {
  createRecord,
  isMeta,
  isObject,
  joinId,
  type LogRecord,
  originalBytes,
  splitId,
} from '../../src/lib/record.ts'

const written = (record: LogRecord) => JSON.stringify(record)

test('@meta is written first', () => {
  assert.equal(written(createRecord({ id: 'x' }, { message: 'm' })), '{"@meta":{"id":"x"},"message":"m"}')
})

test("a stranger's @meta becomes _meta", () => {
  const record = createRecord({ id: 'x' }, { a: 1, '@meta': { id: 'forged' } })
  assert.deepEqual(record, { '@meta': { id: 'x' }, a: 1, _meta: { id: 'forged' } })
})

test("bug: a stranger's @meta took the place of a field named _meta", () => {
  const record = createRecord({ id: 'x' }, { _meta: 1, __meta: 2, '@meta': 3 })
  assert.deepEqual(record, { '@meta': { id: 'x' }, _meta: 1, __meta: 2, ___meta: 3 })
})

test('a field named __proto__ stays a field and pollutes nothing', () => {
  const fields = JSON.parse('{"__proto__":{"admin":true},"constructor":1,"@meta":7}')
  const record = createRecord({ id: 'x' }, fields)
  assert.equal(record.admin, undefined)
  assert.equal(({} as { admin?: boolean }).admin, undefined)
  assert.equal(written(record), '{"@meta":{"id":"x"},"__proto__":{"admin":true},"constructor":1,"_meta":7}')
})

test('whose @meta can be honoured', () => {
  const sound = [
    {},
    { id: 'a' },
    { id: 'A-z0.9_~' },
    { id: 'x'.repeat(120) },
    { received: 0 },
    {
      received: 1_791_000_000_000,
      peer: '10.0.0.1:514',
      sender: 'web1',
      bytes: '/w==',
      dead: {},
      replays: 0,
      other: [1],
    },
    { received: -8.64e15 },
  ]
  for (const meta of sound) assert.equal(isMeta(meta), true, JSON.stringify(meta))
  const unsound = [
    undefined,
    null,
    1,
    'x',
    [],
    { id: 1 },
    { id: '' },
    { id: 'a b' },
    { id: 'a\n' },
    { id: 'x'.repeat(121) },
    { id: 'ä' },
    { id: null },
    { received: '1' },
    { received: 1.5 },
    { received: null },
    { peer: 1 },
    { bytes: 'not base64!' },
    { dead: [] },
    { dead: 'x' },
    { replays: -1 },
    { replays: 1.5 },
    { replays: '1' },
    { sender: {} },
    parseJson('{"received":1e400}'),
    parseJson('12345678901234567890'),
  ]
  for (const meta of unsound) assert.equal(isMeta(meta), false, JSON.stringify(meta))
})

test('bug: a time of reception that no Date can hold made every later toISOString throw', () => {
  assert.equal(isMeta({ received: 8.64e15 }), true)
  assert.equal(isMeta({ received: 8.64e15 + 1 }), false)
})

test('what is an object', () => {
  assert.equal(isObject({}), true)
  for (const value of [null, undefined, [], 1, 'x', parseJson('1e400')]) assert.equal(isObject(value), false)
})

test('derived ids are the same at every run, and always sound', () => {
  assert.equal(splitId('a', 0), 'a.0')
  assert.equal(joinId('a.1', 3), 'a.1~3')
  const id = fc.stringMatching(/^[A-Za-z0-9_~.-]{1,120}$/)
  fc.assert(
    fc.property(id, fc.nat(), (id, n) => {
      for (const derive of [splitId, joinId]) {
        assert.equal(derive(id, n), derive(id, n))
        assert.ok(isMeta({ id: derive(id, n) }))
        assert.notEqual(derive(id, n), derive(id, n + 1))
      }
    }),
  )
})

test('a record as bare text', () => {
  const table: [LogRecord, string][] = [
    [{ '@meta': { id: 'x' }, message: 'hello\nworld' }, 'hello\nworld'],
    [{ '@meta': { id: 'x' }, message: '' }, ''],
    [{ '@meta': { id: 'x' }, message: { a: 1 } }, '{"a":1}'],
    [{ '@meta': { id: 'x' }, a: 1 }, '{"@meta":{"id":"x"},"a":1}'],
  ]
  for (const [record, text] of table) assert.equal(originalBytes(record).toString(), text)
})

test('bug: a message without JSON, as a filter may make one, could not be sent as text', () => {
  const cycle: LogRecord = { '@meta': { id: 'x' } }
  cycle.self = cycle
  for (const record of [
    cycle,
    { '@meta': { id: 'x' }, message: 5n },
    { '@meta': { id: 'x' }, message: () => 1 },
  ])
    assert.ok(originalBytes(record).length > 0)
})

test('original bytes that were no UTF-8 come out again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), bytes => {
      const original = Buffer.from(bytes)
      const meta = { id: 'x', bytes: original.toString('base64') }
      assert.ok(isMeta(meta))
      assert.deepEqual(originalBytes({ '@meta': meta, message: original.toString() }), original)
      assert.equal(originalBytes({ '@meta': meta, message: 'something else' }).toString(), 'something else')
    }),
  )
})
