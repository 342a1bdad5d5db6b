import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { openCheckpointTable } from '../../../src/lib/engine/checkpoint-table.ts'
import { Fatal } from '../../../src/lib/errors.ts'

async function pathIn(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'sub', 'tail.files')
}

const never = {
  fatal: (error: unknown) => assert.fail(error as Error),
  waiting: (reason: string | undefined) => assert.equal(reason, undefined),
}

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

test('save writes at once what has moved', async t => {
  const path = await pathIn(t)
  const first = openCheckpointTable(path, never)
  first.of('a').expect(1)()
  first.save()
  const second = openCheckpointTable(path, never)
  assert.equal(second.of('a').position, 1)
  await Promise.all([first.close(), second.close()])
})

test('a table that cannot be written for now says so, and is written later', async t => {
  const path = await pathIn(t)
  const reasons: (string | undefined)[] = []
  const table = openCheckpointTable(path, { ...never, waiting: reason => reasons.push(reason) })
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  table.of('a').expect(1)()
  table.save()
  assert.match(reasons[0]!, /^checkpoints .*: database is locked$/)
  table.of('b').expect(2)()
  other.exec('ROLLBACK')
  other.close()
  table.save()
  assert.equal(reasons.at(-1), undefined)
  await table.close()
  const again = openCheckpointTable(path, never)
  assert.deepEqual([again.of('a').position, again.of('b').position], [1, 2])
  await again.close()
})

test('a table that can never be written again ends the process', async t => {
  const fatal = t.mock.fn((_error: unknown) => {})
  const path = await pathIn(t)
  const table = openCheckpointTable(path, { fatal, waiting: () => {} })
  const other = new DatabaseSync(path)
  other.exec('DROP TABLE checkpoint')
  other.close()
  table.of('a').expect(1)()
  await table.close()
  const [error] = fatal.mock.calls[0]!.arguments
  assert.ok(error instanceof Fatal)
})

test('bug: what was accepted after it was closed ended the process', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const path = await pathIn(t)
  const table = openCheckpointTable(path, never)
  const late = table.of('a').expect(1)
  await table.close()
  late()
  t.mock.timers.tick(10_000)
  table.save()
})
