import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogRecord } from '../../../src/lib/record.ts'
import { Gathering } from '../../../src/lib/transport/gathering.ts'
import { settled } from '../../support/link.ts'

const record = (id: string): LogRecord => ({ '@meta': { id } })
const read = (id: string) => ({ records: [record(id)], refused: [] })
const idsOf = (records: readonly LogRecord[]) => records.map(one => one['@meta'].id).join('')

test('what comes in one turn is given on together, in order', async () => {
  const given: string[] = []
  const gathering = new Gathering(async ({ records }) => void given.push(idsOf(records)))
  for (const id of ['a', 'b', 'c']) assert.equal(gathering.add(read(id), 10), undefined)
  assert.deepEqual(given, [])
  await settled()
  await settled()
  gathering.add(read('d'), 10)
  await gathering.flush()
  assert.deepEqual(given, ['abc', 'd'])
  await gathering.flush()
  assert.deepEqual(given, ['abc', 'd'])
})

test('who adds more waits while what is given on has no room', async () => {
  const given: string[] = []
  const room = Promise.withResolvers<void>()
  const gathering = new Gathering(async ({ records }) => {
    given.push(idsOf(records))
    await room.promise
  })
  const full = gathering.add(read('a'), 100_000)
  assert.ok(full)
  const more = gathering.add(read('b'), 100_000)
  await settled()
  assert.deepEqual(given, ['a'])
  room.resolve()
  await Promise.all([full, more])
  assert.deepEqual(given, ['a', 'b'])
  assert.equal(gathering.add(read('c'), 1), undefined)
  await gathering.flush()
})

test('bug: a message of more records than a call takes arguments ended the daemon', async () => {
  let given = 0
  const gathering = new Gathering(async ({ records, refused }) => {
    given += records.length + refused.length
  })
  const records = Array<LogRecord>(300_000).fill(record('a'))
  const refused = records.map(one => ({ record: one, reason: 'oversize' }))
  gathering.add({ records, refused }, 1)
  await gathering.flush()
  assert.equal(given, 600_000)
})
