import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Work } from '../../../src/lib/engine/work.ts'
import type { LogRecord } from '../../../src/lib/record.ts'

const record = (id = 'x'): LogRecord => ({ '@meta': { id } })

async function isDone(work: Work): Promise<boolean> {
  return (await Promise.race([work.done, Promise.resolve('not yet')])) !== 'not yet'
}

test('it is done when each of its pieces is', async () => {
  const work = new Work()
  work.begin()
  work.begin()
  work.passed()
  assert.equal(await isDone(work), false)
  work.end({ sent: 2 })
  assert.equal(await isDone(work), false)
  work.end({ sent: 1, dead: 1 })
  assert.deepEqual(await work.done, { sent: 3, dead: 1 })
})

test('without pieces it is done when the filter has passed over it', async () => {
  const work = new Work()
  assert.equal(await isDone(work), false)
  work.passed()
  assert.deepEqual(await work.done, {})
})

test('a failure is final', async () => {
  const work = new Work()
  work.fail(new Error('closed'))
  work.passed()
  await assert.rejects(work.done, /closed/)
})

test('what became of a record', async () => {
  const table: [outputs: number, disposed: number, expected: object][] = [
    [1, 0, {}],
    [0, 0, { 'dropped:filtered': 1 }],
    [3, 0, { made: 2 }],
    [0, 1, {}],
    [1, 1, { made: 1 }],
    [0, 2, { made: 1 }],
  ]
  for (const [outputs, disposed, expected] of table) {
    const work = new Work()
    const one = record()
    for (let n = 0; n < disposed; n++) work.dispose(one)
    work.became(one, outputs)
    work.passed()
    assert.deepEqual(await work.done, expected)
  }
})

test('what was disposed of and had not come in was made', async () => {
  const work = new Work()
  work.dispose(record(), { 'dropped:sampled': 1 })
  work.became(record(), 0)
  work.passed()
  assert.deepEqual(await work.done, { 'dropped:sampled': 1, 'dropped:filtered': 1, made: 1 })
})
