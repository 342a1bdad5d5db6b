import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { CheckpointFile, openCheckpoint } from '../../../src/lib/engine/checkpoint.ts'
import { Fatal } from '../../../src/lib/errors.ts'

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

const never = {
  waiting: (reason?: string) => assert.equal(reason, undefined),
  fatal: (error: unknown) => assert.fail(error as Error),
}

test('it moves when everything before a position was accepted, whatever the order', t => {
  // Nothing is written.
  t.mock.timers.enable({ apis: ['setTimeout'] })
  fc.assert(
    fc.property(fc.shuffledSubarray([...Array(20).keys()], { minLength: 20 }), order => {
      const checkpoint = new CheckpointFile('/nowhere', undefined, never)
      const accept = order.toSorted((a, b) => a - b).map(position => checkpoint.expect({ position }))
      const accepted = new Set<number>()
      for (const n of order) {
        accept[n]!()
        accepted.add(n)
        let highest = -1
        while (accepted.has(highest + 1)) highest++
        assert.deepEqual(checkpoint.position, highest < 0 ? undefined : { position: highest })
      }
    }),
  )
})

test('the position is there after a restart', async t => {
  const path = join(await folderOf(t), 'sub', 'a.checkpoint')
  const first = await openCheckpoint(path, never)
  assert.equal(first.position, undefined)
  first.expect({ offset: 7, file: 'ä' })()
  await first.close()
  const second = await openCheckpoint(path, never)
  assert.deepEqual(second.position, { offset: 7, file: 'ä' })
  await second.close()
  assert.deepEqual(await readdir(join(path, '..')), ['a.checkpoint'])
})

test('what was not accepted is not there', async t => {
  const path = join(await folderOf(t), 'a.checkpoint')
  const first = await openCheckpoint(path, never)
  first.expect(1)()
  first.expect(2)
  first.expect(3)()
  await first.close()
  assert.equal((await openCheckpoint(path, never)).position, 1)
})

test('it is written a moment after it moved, however often it moved in between', async t => {
  const path = join(await folderOf(t), 'a.checkpoint')
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const checkpoint = new CheckpointFile(path, 5, never)
  for (const position of [6, 7, 8]) checkpoint.expect(position)()
  await assert.rejects(readFile(path), { code: 'ENOENT' })
  t.mock.timers.tick(1000)
  await checkpoint.close()
  assert.equal(await readFile(path, 'utf8'), '8\n')
})

test('nothing is written where nothing moved', async t => {
  const path = join(await folderOf(t), 'a.checkpoint')
  await new CheckpointFile(path, 5, never).close()
  await assert.rejects(readFile(path), { code: 'ENOENT' })
})

test('bug: a position that the source counts on in the same object moved too early, and was not written', async t => {
  const path = join(await folderOf(t), 'a.checkpoint')
  const checkpoint = new CheckpointFile(path, undefined, never)
  const position = { offset: 1 }
  const first = checkpoint.expect(position)
  position.offset = 2
  const second = checkpoint.expect(position)
  first()
  assert.deepEqual(checkpoint.position, { offset: 1 })
  await checkpoint.close()
  second()
  await checkpoint.close()
  assert.equal(await readFile(path, 'utf8'), '{"offset":2}\n')
})

test('a damaged file ends the process: starting from nowhere would repeat or lose', async t => {
  const path = join(await folderOf(t), 'a.checkpoint')
  for (const text of ['', '{"offs']) {
    await writeFile(path, text)
    await assert.rejects(
      openCheckpoint(path, never),
      (error: Error) => error instanceof Fatal && error.message.includes(path),
    )
  }
})

test('a file that cannot be written is written later, and the position moves all the same', async t => {
  const path = join(await folderOf(t), 'a.checkpoint')
  // It is in the way of what is written.
  await mkdir(`${path}.next`)
  const told: (string | undefined)[] = []
  const checkpoint = new CheckpointFile(path, undefined, { ...never, waiting: reason => told.push(reason) })
  const written = async () => {
    await checkpoint.save()
    return told.at(-1)
  }
  checkpoint.expect(1)()
  assert.match((await written())!, /^checkpoint .*a\.checkpoint: /)
  checkpoint.expect(2)()
  assert.equal(checkpoint.position, 2)
  await rm(`${path}.next`, { recursive: true })
  assert.equal(await written(), undefined)
  await checkpoint.close()
  assert.equal(await readFile(path, 'utf8'), '2\n')
})

test('what can never be written ends the process', async t => {
  const path = join(await folderOf(t), 'a.checkpoint')
  const fatal = t.mock.fn((_error: unknown) => {})
  const checkpoint = new CheckpointFile(path, undefined, { waiting() {}, fatal })
  checkpoint.expect(1n)()
  await checkpoint.close()
  assert.ok(fatal.mock.calls[0]!.arguments[0] instanceof Fatal)
})
