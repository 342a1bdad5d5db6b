import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openCheckpointTable } from '../../../src/lib/engine/checkpoint-table.ts'
import { Fatal } from '../../../src/lib/errors.ts'

async function pathIn(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'sub', 'tail.files')
}

const never = (error: unknown) => assert.fail(error as Error)

test('positions are there after a restart, by their keys', async t => {
  const path = await pathIn(t)
  const first = openCheckpointTable(path, never)
  assert.deepEqual(first.keys(), [])
  first.of('a').expect({ offset: 1 })()
  first.of('__proto__').expect(2)()
  first.of('never moved')
  await first.close()
  const second = openCheckpointTable(path, never)
  assert.deepEqual(second.keys().toSorted(), ['__proto__', 'a'])
  assert.deepEqual(second.of('a').position, { offset: 1 })
  assert.equal(second.of('__proto__').position, 2)
  await second.close()
  assert.deepEqual(await readdir(join(path, '..')), ['tail.files'])
  assert.equal((await stat(path)).mode & 0o777, 0o600)
})

test('each moves when everything before it was accepted', async t => {
  const table = openCheckpointTable(await pathIn(t), never)
  const one = table.of('a').expect(1)
  const two = table.of('a').expect(2)
  table.of('b').expect(7)()
  two()
  assert.equal(table.of('a').position, undefined)
  assert.equal(table.of('b').position, 7)
  one()
  assert.equal(table.of('a').position, 2)
  await table.close()
})

test('what was forgotten is not there, whatever was under way', async t => {
  const path = await pathIn(t)
  const first = openCheckpointTable(path, never)
  first.of('a').expect(1)()
  await first.close()
  const second = openCheckpointTable(path, never)
  const late = second.of('a').expect(2)
  second.forget('a')
  late()
  await second.close()
  const third = openCheckpointTable(path, never)
  assert.deepEqual(third.keys(), [])
  // Somebody new has the same key.
  third.of('a').expect(3)()
  await third.close()
  const fourth = openCheckpointTable(path, never)
  assert.equal(fourth.of('a').position, 3)
  await fourth.close()
})

test('what is no table ends the process: starting from nowhere would repeat or lose', async t => {
  const path = await pathIn(t)
  await openCheckpointTable(path, never).close()
  await writeFile(path, 'this is no database, but long enough to be one'.repeat(100))
  assert.throws(
    () => openCheckpointTable(path, never),
    (error: Error) => error instanceof Fatal && error.message.includes(path),
  )
})

test('a table that cannot be written ends the process', async t => {
  const failed = t.mock.fn((_error: unknown) => {})
  const table = openCheckpointTable(await pathIn(t), failed)
  await table.close()
  table.of('a').expect(1)()
  await table.close().catch(() => {})
  const [error] = failed.mock.calls[0]!.arguments
  assert.ok(error instanceof Fatal)
})
